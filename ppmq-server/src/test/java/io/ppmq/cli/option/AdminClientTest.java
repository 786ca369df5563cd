package io.ppmq.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cli.output.Failure;
import io.ppmq.config.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
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

  /** As of a reload that one node did and the other did not. */
  @Test
  void eachLineOfARefusalIsASentenceOfItsOwn() throws Exception {
    Path socket = directory.resolve("refusing");
    try (ServerSocketChannel refusing = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      refusing.bind(UnixDomainSocketAddress.of(socket));
      Thread answering =
          new Thread(
              () -> {
                try (SocketChannel asked = refusing.accept()) {
                  asked.read(ByteBuffer.allocate(1000));
                  asked.write(
                      ByteBuffer.wrap(
                          "HTTP/1.1 503 Service Unavailable\r\n\r\nno node leads\nnode b reloaded\n"
                              .getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      answering.start();
      assertThatThrownBy(() -> new AdminClient(new Address.Unix(socket)).post("/reload"))
          .isInstanceOfSatisfying(
              Failure.class,
              refused ->
                  assertThat(refused.sentences())
                      .containsExactly("no node leads", "node b reloaded"));
      answering.join();
    }
  }
}
