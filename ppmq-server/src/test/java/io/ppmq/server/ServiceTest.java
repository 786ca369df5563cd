package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.store.memory.MemoryStore;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a broker at work. */
class ServiceTest {
  @Test
  void serviceThatHasStoppedMayBeToldSoAgain(@TempDir Path directory) throws Exception {
    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.bind(UnixDomainSocketAddress.of(directory.resolve("s")));
      Service service =
          Service.start(
              SmallConfig.of(directory, "{Name: t, Subscribers: [a]}"),
              new MemoryStore(1),
              channel,
              senders -> senders,
              new EventLog(status -> {}),
              () -> {});
      service.stop();

      service.stop();
      service.abandon("another leads");

      assertThat(channel.isOpen()).as("is the caller's").isTrue();
      assertThatThrownBy(() -> service.broker().stats()).isInstanceOf(IllegalStateException.class);
    }
  }
}
