package io.ppmq.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class HttpServerTest {
  private static final int PORTION = 16 << 10;
  private static final int PORTIONS = 4000;

  @TempDir Path directory;

  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger produced = new AtomicInteger();
  private ServerSocketChannel listening;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    listening =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(directory.resolve("socket")));
    server = HttpServer.start(listening, this::handle);
  }

  @AfterEach
  void stop() throws IOException {
    release.countDown();
    server.close();
    listening.close();
  }

  private Response handle(Request request) throws IOException {
    return switch (request.path()) {
      case "/bug" -> throw new IllegalArgumentException("planted by a test");
      case "/slow" -> slow();
      case "/long" -> Response.streamed("text/plain", new LongBody());
      case "/broken" -> Response.streamed("text/plain", new BrokenBody());
      default -> Response.sentence(200, request.method() + " " + request.query());
    };
  }

  private Response slow() throws IOException {
    try {
      release.await();
      return Response.sentence(200, "at last");
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** A body much larger than any socket's buffer. */
  private final class LongBody implements Body {
    private int left = PORTIONS;

    @Override
    public byte @Nullable [] next() {
      produced.incrementAndGet();
      return left-- > 0 ? "x".repeat(PORTION).getBytes(UTF_8) : null;
    }
  }

  private static final class BrokenBody implements Body {
    private boolean begun;

    @Override
    public byte @Nullable [] next() throws IOException {
      if (begun) {
        throw new IOException("planted by a test");
      }
      begun = true;
      return "half of it".getBytes(UTF_8);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET /a?b=c HTTP/1.0, 200",
    "HEAD / HTTP/1.0, 200",
    "GET http://localhost/a HTTP/1.0, 200",
    "GET / HTTP/1.1, 400",
    "GET / HTTP/2.0, 505",
    "PRI * HTTP/2.0, 400",
    "\1\2\3 nonsense, 400",
    "GET /, 400",
    "'GET / HTTP/1.0~ folded: x', 400",
    "'GET / HTTP/1.0~No Name: x', 400",
    "'GET / HTTP/1.0~Host: a~Host: b', 400",
    "'POST / HTTP/1.0~Content-Length: x', 400",
    "'POST / HTTP/1.0~Content-Length: 5000000000', 413",
    "'POST / HTTP/1.1~Host: x~Transfer-Encoding: chunked', 411",
  })
  void requestIsAnsweredWithTheStatusThatSaysWhatItIs(String request, int status) throws Exception {
    assertThat(ask(request.replace("~", "\r\n") + "\r\n\r\n")).startsWith("HTTP/1.1 " + status);
  }

  /** One thread reads all requests: what one stranger sends must not hold it up. */
  @ParameterizedTest
  @ValueSource(strings = {"X: %s\1", "X:%s\1", "%s", "X%s"})
  void lineOfBlanksIsRefusedInTimeThatGrowsWithItsLength(String line) {
    String text = "GET / HTTP/1.0\r\n" + line.formatted(" ".repeat(1_000_000)) + "\r\n\r\n";

    assertThatThrownBy(
            () -> assertTimeoutPreemptively(Duration.ofSeconds(20), () -> Request.parse(text)))
        .isInstanceOf(BadRequest.class)
        .hasMessageContaining("not a header");
  }

  @Test
  void blanksAroundTheValueOfAHeaderAreNoPartOfIt() throws Exception {
    Request request = Request.parse("GET / HTTP/1.0\r\nX: \t a b\t \r\nY:\r\nZ: \t\r\n\r\n");

    assertThat(request.headers()).isEqualTo(Map.of("x", "a b", "y", "", "z", ""));
  }

  @Test
  void requestMayComeInPiecesAndWithABody() throws Exception {
    try (SocketChannel channel = connect()) {
      for (char piece : "POST /x?y HTTP/1.0\nContent-Length: 3\n\nabc".toCharArray()) {
        write(channel, String.valueOf(piece));
      }
      assertThat(read(channel)).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nPOST y\n");
    }
  }

  @Test
  void headIsAnsweredWithoutABody() throws Exception {
    assertThat(ask("HEAD / HTTP/1.0\r\n\r\n"))
        .contains("Content-Length: 9\r\n")
        .endsWith("\r\n\r\n");
  }

  @Test
  void requestWithoutEndIsCutOff() throws Exception {
    String line = "X-Filler: " + "x".repeat(100) + "\r\n";
    String request = "GET / HTTP/1.1\r\n" + line.repeat(1 + HttpConnection.HEAD_BYTES_MAX / 100);

    assertThat(ask(request)).startsWith("HTTP/1.1 431");
  }

  @Test
  void errorOfOursIsAnsweredAndTheNextRequestIsServed() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(ask("GET /bug HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 500");
    }
    assertThat(ask("GET / HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
  }

  @Test
  void silentConnectionsHoldNobodyUp() throws Exception {
    List<SocketChannel> silent = new ArrayList<>();
    for (int i = 0; i < 2 * Places.ALL_MAX; i++) {
      silent.add(connect());
      if (i % 2 == 0) {
        write(silent.get(i), "GET / HT");
      }
      assertThat(ask("GET / HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
    }
    for (SocketChannel channel : silent) {
      channel.close();
    }
  }

  @Test
  void longAnswerIsMadeNoFasterThanItIsTaken() throws Exception {
    List<SocketChannel> slow = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      slow.add(connect());
      write(slow.get(i), "GET /long HTTP/1.0\r\n\r\n");
    }
    assertThat(ask("GET / HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
    assertThat(produced.get()).isLessThan(8 * PORTIONS / 4);
    String whole = read(slow.get(7));
    assertThat(whole.length()).isGreaterThan(PORTIONS * PORTION);
    for (SocketChannel channel : slow) {
      channel.close();
    }
  }

  @Test
  void answerWithoutKnownLengthIsInChunksSoThatItsEndIsKnown() throws Exception {
    String whole = ask("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(whole).contains("Transfer-Encoding: chunked").endsWith("\r\n0\r\n\r\n");
    String half = ask("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(half).endsWith("\r\na\r\nhalf of it\r\n");
  }

  @Test
  void slowAnswersDoNotKeepTheOthersFromBeingRefused() throws Exception {
    try (SocketChannel slow = connect()) {
      write(slow, "GET /slow HTTP/1.0\r\n\r\n");
      assertThat(ask("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
      assertThat(ask("GET / HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
      release.countDown();
      assertThat(read(slow)).endsWith("at last\n");
    }
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(listening.getLocalAddress());
  }

  private String ask(String request) throws IOException {
    try (SocketChannel channel = connect()) {
      write(channel, request);
      return read(channel);
    }
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = UTF_8.encode(text);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static String read(SocketChannel channel) throws IOException {
    return new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
  }
}
