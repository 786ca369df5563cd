package io.ppmq.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cli.output.Failure;
import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
          answering(refusing, "503 Service Unavailable\r\n\r\nno node leads\nnode b reloaded\n");
      assertThatThrownBy(() -> new AdminClient(new Address.Unix(socket)).post("/reload"))
          .isInstanceOfSatisfying(
              Failure.class,
              refused ->
                  assertThat(refused.sentences())
                      .containsExactly("no node leads", "node b reloaded"));
      answering.join();
    }
  }

  /** As for a user who may not look into the broker's directory. */
  @Test
  void userWhoCannotReadTheTokenIsToldWhatToDo() throws Exception {
    Config config =
        ConfigFile.load(
                Files.writeString(
                    directory.resolve("ppmq.yaml"),
                    "ServerSocket: %1$s/s%nDataPath: %1$s/data%n".formatted(directory)))
            .config();
    try (ServerSocketChannel refusing = ServerSocketChannel.open()) {
      refusing.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) refusing.getLocalAddress()).getPort();
      Thread answering = answering(refusing, "401 Unauthorized\r\n\r\nneeds a header\n");
      AdminClient client =
          AdminClient.of(Address.parse("tcp://127.0.0.1:" + port), config, Map.of());
      assertThatThrownBy(() -> client.get("/stats"))
          .isInstanceOfSatisfying(
              Failure.class,
              refused ->
                  assertThat(refused.sentences())
                      .singleElement()
                      .asString()
                      .contains(directory + "/data/ppmq.token: do this as root or as the user of")
                      .endsWith("or set $PPMQ_TOKEN"));
      answering.join();
    }
  }

  /** As of a long purge: it takes longer in all than the broker may send nothing. */
  @Test
  void answerMayTakeLongWhileSomethingArrives() throws Exception {
    Path socket = directory.resolve("slow");
    try (ServerSocketChannel slow = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      slow.bind(UnixDomainSocketAddress.of(socket));
      String[] pieces = ("200 OK\r\n\r\n~" + "\n~".repeat(20) + "{}").split("~", -1);
      Thread answering = answering(slow, pieces);
      byte[] answer = new AdminClient(new Address.Unix(socket)).post("/purge", 2000);
      assertThat(new String(answer, StandardCharsets.UTF_8).strip()).isEqualTo("{}");
      answering.join();
    }
  }

  @Test
  void brokerThatSendsNothingIsGivenUp() throws Exception {
    Path socket = directory.resolve("silent");
    try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      silent.bind(UnixDomainSocketAddress.of(socket));
      AdminClient client = new AdminClient(new Address.Unix(socket));
      assertThatThrownBy(() -> client.post("/purge", 100))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  private static Thread answering(ServerSocketChannel refusing, String... pieces) {
    Thread answering =
        new Thread(
            () -> {
              try (SocketChannel asked = refusing.accept()) {
                asked.read(ByteBuffer.allocate(1000));
                String head = "HTTP/1.1 ";
                for (String piece : pieces) {
                  asked.write(ByteBuffer.wrap((head + piece).getBytes(StandardCharsets.UTF_8)));
                  head = "";
                  if (pieces.length > 1) {
                    Thread.sleep(200);
                  }
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    answering.start();
    return answering;
  }
}
