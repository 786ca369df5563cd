package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.config.Address;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketVisitTest {
  @TempDir Path directory;

  @Test
  void listenerIsReached() throws IOException {
    UnixDomainSocketAddress socket = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (ServerSocketChannel listener = listener(socket, 1);
        SocketChannel visit = SocketVisit.to("mailer", at(socket))) {
      assertThat(visit.isConnected()).isTrue();
      assertThat(visit.isBlocking()).isTrue();
      assertThat(listener.accept()).isNotNull();
    }
  }

  @Test
  void listenerThatAcceptsNothingIsNotWaitedFor() throws IOException {
    UnixDomainSocketAddress socket = UnixDomainSocketAddress.of(directory.resolve("s"));
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel listener = listener(socket, 1)) {
      assertThat(listener.isOpen()).isTrue();
      fill(socket, waiting);
      long start = System.nanoTime();
      assertThatThrownBy(() -> SocketVisit.to("mailer", at(socket)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot connect to " + socket.getPath() + ": ");
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
    } finally {
      for (SocketChannel channel : waiting) {
        channel.close();
      }
    }
  }

  private static ServerSocketChannel listener(UnixDomainSocketAddress at, int backlog)
      throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    return listener.bind(at, backlog);
  }

  /** Connects until no more connections may wait. */
  private static void fill(UnixDomainSocketAddress socket, List<SocketChannel> waiting)
      throws IOException {
    while (true) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      waiting.add(channel);
      channel.configureBlocking(false);
      try {
        channel.connect(socket);
      } catch (IOException full) {
        return;
      }
    }
  }

  private static Recipient at(UnixDomainSocketAddress socket) {
    return new Recipient(new Address.Unix(socket.getPath()), List.of(), List.of());
  }
}
