package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LookoutTest {
  private final Selector selector = Selector.open();
  private final Lookout lookout = new Lookout(2);

  LookoutTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    selector.close();
  }

  @Test
  void readableChannelIsSeen() throws IOException {
    Pipe pipe = Pipe.open();
    try (Pipe.SourceChannel source = pipe.source();
        Pipe.SinkChannel sink = pipe.sink()) {
      source.configureBlocking(false);
      source.register(selector, SelectionKey.OP_READ);
      sink.write(java.nio.ByteBuffer.allocate(1));
      assertThat(lookout.comesSoon(selector, () -> false)).isTrue();
      assertThat(selector.selectedKeys()).hasSize(1);
    }
    assertThat(lookout.comesSoon(selector, () -> true)).isTrue();
  }

  @Test
  void lookingInVainIsLeftOutTwiceAsOftenEachTime() throws IOException {
    StringBuilder looks = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      looks.append(isLooking(false) ? 'x' : '.');
    }
    assertThat(looks.toString()).isEqualTo("x.x..x....x.....");
  }

  @Test
  void lookingThatPaidIsDoneAgain() throws IOException {
    for (int i = 0; i < 6; i++) {
      isLooking(false);
    }
    while (!isLooking(true)) {
      assertThat(looksLeftOut++).isLessThan(10);
    }
    assertThat(isLooking(true)).isTrue();
    assertThat(isLooking(false)).isTrue();
    assertThat(isLooking(false)).isFalse();
    assertThat(isLooking(false)).isTrue();
  }

  @Test
  void nothingIsLookedForOnTheOnlyProcessor() throws IOException {
    assertThat(new Lookout(1).comesSoon(selector, () -> true)).isFalse();
  }

  private int looksLeftOut;

  /** Whether it polls at all; {@code seen} is the result of a poll. */
  private boolean isLooking(boolean seen) throws IOException {
    boolean[] looked = {false};
    lookout.comesSoon(
        selector,
        () -> {
          looked[0] = true;
          return seen;
        });
    return looked[0];
  }
}
