package io.ppmq.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.config.Address;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class AdminClientTest {
  @TempDir Path directory;

  @Test
  void brokerThatStartsIsWaitedFor() throws Exception {
    Path socket = directory.resolve("admin");
    AdminClient client = new AdminClient(new Address.Unix(socket));
    client.awaitListening(1);
    assertThatThrownBy(() -> client.post("/cluster/found")).isInstanceOf(ConnectException.class);

    try (ServerSocketChannel later = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      CompletableFuture<Void> waiting =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.awaitListening(50_000);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(waiting).isNotDone();
      later.bind(UnixDomainSocketAddress.of(socket));
      waiting.join();
    }
  }
}
