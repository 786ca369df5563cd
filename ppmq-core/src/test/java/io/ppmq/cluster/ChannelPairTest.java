package io.ppmq.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ChannelPairTest {
  @Test
  void whatOneEndWritesTheOtherReadsUntilItEnds() throws IOException {
    ChannelPair pair = ChannelPair.open();
    try (var near = pair.near();
        var far = pair.far()) {
      near.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      near.shutdownOutput();
      ByteBuffer read = ByteBuffer.allocate(10);
      while (far.read(read) >= 0) {
        assertThat(read.hasRemaining()).isTrue();
      }
      assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }
  }

  @Test
  void anEndCanBeReset() throws IOException {
    ChannelPair pair = ChannelPair.open();
    try (var far = pair.far()) {
      pair.near().setOption(StandardSocketOptions.SO_LINGER, 0);
      pair.near().close();
      assertThatThrownBy(() -> far.read(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    }
  }
}
