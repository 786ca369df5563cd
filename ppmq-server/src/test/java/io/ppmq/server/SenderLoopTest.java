package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.port.Sender;
import io.ppmq.config.Address;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class SenderLoopTest {
  private static final int TIMES = 20_000;

  @TempDir Path directory;

  /** Waits for the report of a close. */
  private static final class Closed implements Sender.Link {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public void opened() {}

    @Override
    public void pushed() {}

    @Override
    public void failed(String reason) {}

    @Override
    public void closed(boolean unread) {
      closed.countDown();
    }

    @Override
    public void appeared() {}
  }

  @Test
  void connectionsThatBothSidesCloseAtOnceDoNotEndTheWatchOverOthers() throws Exception {
    Path file = directory.resolve("s");
    Recipient recipient = new Recipient(new Address.Unix(file), List.of(), List.of());
    SenderLoop loop = new SenderLoop(Map.of("s", recipient));
    List<Throwable> bugs = new CopyOnWriteArrayList<>();
    loop.start(bugs::add);
    try (ServerSocketChannel server =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(file))) {
      for (int i = 0; i < TIMES; i++) {
        Sender sender = loop.sender("s", new Closed());
        sender.open();
        server.accept().close();
        for (int spin = i % 200; spin > 0; spin--) {
          Thread.onSpinWait();
        }
        sender.close();
      }
      Closed last = new Closed();
      loop.sender("s", last).open();
      server.accept().close();
      assertThat(last.closed.await(20, TimeUnit.SECONDS)).as("the last is noticed").isTrue();
      assertThat(bugs).isEmpty();
    } finally {
      loop.stop();
    }
  }
}
