package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.ppmq.broker.Broker;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.config.Address;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.metrics.Metrics;
import io.ppmq.store.StoreException;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.TopicSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
final class AdminTest {
  private static final AdminSettings SETTINGS = new AdminSettings(null, null, false, List::of);

  @TempDir Path directory;

  private Broker broker;
  private ServerSocketChannel listening;
  private Admin admin;
  private Path socket;

  @BeforeEach
  void start() throws IOException {
    List<SubscriberSettings> subscribers =
        List.of(
            new SubscriberSettings("mailer", new BatchLimits(50, 1 << 20)),
            new SubscriberSettings("audit", new BatchLimits(50, 1 << 20)));
    List<TopicSettings> topics =
        List.of(
            new TopicSettings("mails", List.of("mailer", "audit"), 0, false, 2, true),
            new TopicSettings("keyed", List.of("mailer"), 0, true, 1, false),
            new TopicSettings("void", List.of(), 0, false, 1, false));
    broker =
        Broker.start(
            new BrokerSettings(topics, subscribers, SyncPolicy.NEVER),
            new MemoryStore(1),
            Clock.system(),
            (subscriber, link) -> new Unreachable(),
            new Silence());
    socket = directory.resolve("admin.socket");
    listening =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(socket));
    admin = open(new Address.Unix(socket), listening);
  }

  @AfterEach
  void stop() throws Exception {
    admin.close();
    listening.close();
    broker.stop();
  }

  private Admin open(Address address, ServerSocketChannel channel) throws IOException {
    Metrics metrics =
        new Metrics(() -> broker, null, List::of, Clock.system(), Version.current(), null);
    Admin opened =
        Admin.open(address, channel, AdminTest::noFile, Clock.system(), metrics, null, SETTINGS);
    opened.serve(broker);
    return opened;
  }

  @Test
  void statsAreJsonThatSaysHowEachSubscriberStands() throws Exception {
    publish("\"one\"", "\"two\"");

    assertThat(body(get("/stats")))
        .contains("\"version\":\"" + Version.current() + '"')
        .contains("\"topic\":\"mails\",\"published\":2,\"dropped\":0,\"replaced\":0")
        .containsPattern(
            "\\{\"subscriber\":\"mailer\",\"attached\":true,\"state\":\"(idle|connecting)\",\"backlog\":2,")
        .contains("\"topic\":\"void\"")
        .satisfies(AdminTest::isJson);
  }

  @Test
  void peekShowsThePayloadAsTheJsonThatItIs() throws Exception {
    publish("{\"a\": [1.50, \"\\u00e9\"]}", "\"two\"", "\"three\"");

    String answer = body(get("/peek?topic=mails&subscriber=mailer&max=2"));

    assertThat(answer)
        .contains("\"state\":\"queued\",\"attempt\":1,\"published\":\"20")
        .contains("\"payload\":{\"a\": [1.50, \"\\u00e9\"]}")
        .contains("\"payload\":\"two\"")
        .doesNotContain("three")
        .satisfies(AdminTest::isJson);
  }

  @Test
  void peekSaysOfWhatWasReplacedThatItIsNotKept() throws Exception {
    Delivery delivery = new Delivery(Bytes.utf8("k"), Bytes.EMPTY, null, 0, 1);
    PeekedMessage replaced = new PeekedMessage(PeekedMessage.State.IN_FLIGHT, true, 0, delivery);

    assertThat(new String(requireNonNull(new PeekBody(List.of(replaced)).next()), UTF_8))
        .contains("\"state\":\"in flight\",\"attempt\":1,\"replaced\":true,\"key\":\"k\",")
        .contains(",\"payload\":null,\"priority\":0}")
        .satisfies(AdminTest::isJson);
  }

  @Test
  void peekShowsTheReasonOfANack() throws Exception {
    Delivery delivery = new Delivery(Bytes.utf8("k"), Bytes.utf8("1"), null, 0, 2);
    PeekedMessage nacked =
        new PeekedMessage(PeekedMessage.State.NACKED, false, 0, delivery, 0, "no \"host\"");

    assertThat(new String(requireNonNull(new PeekBody(List.of(nacked)).next()), UTF_8))
        .contains(",\"reason\":\"no \\\"host\\\"\",\"key\":\"k\",\"payload\":1,")
        .satisfies(AdminTest::isJson);
  }

  @Test
  void peekIntoAnEmptyQueueIsAnEmptyArray() throws Exception {
    assertThat(body(get("/peek?topic=mails&subscriber=mailer"))).isEqualTo("[\n]\n");
  }

  @Test
  void peekIsBoundedInBytes() throws Exception {
    String payload = '"' + "x".repeat(1 << 20) + '"';
    publish(payload, payload, payload, payload, payload, payload);

    String answer = body(get("/peek?topic=mails&subscriber=mailer&max=1000"));

    assertThat(answer.lines().filter(line -> line.startsWith("{"))).hasSize(4);
  }

  @Test
  void theRootListsWhatThereIs() throws Exception {
    assertThat(body(get("/"))).contains("GET /stats", "GET /peek?topic=T");
  }

  @ParameterizedTest
  @CsvSource({
    "/nothing, 404, no such page",
    "/stats?x=1, 400, there is no parameter x",
    "/peek, 400, parameter topic is missing",
    "/peek?topic=mails, 400, parameter subscriber is missing",
    "/peek?topic=mails&subscriber=mailer&max=0, 400, must be from 1 to 1000",
    "/peek?topic=mails&subscriber=mailer&max=1001, 400, must be from 1 to 1000",
    "/peek?topic=mails&subscriber=mailer&max=ten, 400, must be from 1 to 1000",
    "/peek?topic=mails&topic=mails, 400, given twice",
    "/peek?topic=mails&subscriber=mailer&key=%FF, 400, a parameter is not UTF-8",
    "/peek?topic=mails&subscriber=mailer&key=%ED%A0%80, 400, a parameter is not UTF-8",
    "/peek?topic=mails&subscriber=mailer&key=%C3, 400, a parameter is not UTF-8",
    "/peek?topic=mails&subscriber=mailer&key=%4, 400, a parameter is not URL-encoded",
    "/peek?topic=mails&subscriber=mailer&key=%-1, 400, a parameter is not URL-encoded",
    "/peek?topic=no&subscriber=mailer, 404, 'there is no topic \"no\"'",
    "/peek?topic=void&subscriber=mailer, 404, not a subscriber of topic",
  })
  void aWrongRequestIsAnsweredWithItsReason(String path, int status, String reason)
      throws Exception {
    assertThat(get(path)).startsWith("HTTP/1.1 " + status).contains(reason);
  }

  @Test
  void healthAndReadyAreASentenceInJson() throws Exception {
    assertThat(get("/health"))
        .startsWith("HTTP/1.1 200")
        .contains("Content-Type: application/json\r\n")
        .endsWith("\r\n\r\n{\"ok\":true,\"sentence\":\"the broker works\"}\n");
    assertThat(body(get("/ready")))
        .isEqualTo("{\"ok\":true,\"sentence\":\"the broker accepts messages\"}\n");
  }

  @Test
  void brokerThatHasStoppedIsNotReady() throws Exception {
    broker.stop();

    assertThat(get("/ready")).startsWith("HTTP/1.1 503").contains("{\"ok\":false,\"sentence\":\"");
  }

  private String post(String path) throws IOException {
    return ask("POST " + path + " HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
  }

  @Test
  void keyThatIsNotUtf8DeletesNoOtherKey() throws Exception {
    post("/publish?topic=keyed&key=%EF%BF%BD&payload=1");

    assertThat(post("/delete?topic=keyed&key=%FF"))
        .startsWith("HTTP/1.1 400")
        .contains("a parameter is not UTF-8");
    assertThat(body(post("/delete?topic=keyed&key=%ef%bf%bd"))).contains("keyed");
  }

  @Test
  void messageIsPublishedToSeeWhatBecomesOfIt() throws Exception {
    assertThat(body(post("/publish?topic=mails&payload=%7B%22a%22%3A1.50%7D&priority=1")))
        .isEqualTo("{\"changed\":true}\n");
    assertThat(body(get("/peek?topic=mails&subscriber=mailer")))
        .contains("\"payload\":{\"a\":1.50},\"priority\":1}");
  }

  @Test
  void publishedPayloadIsOnOneLineAsThoseOfTheWire() throws Exception {
    post("/publish?topic=mails&payload=%20%7B%0D%0A%20%22a%22:%5B1,%0A2%5D%0A%7D%0A");
    post("/publish?topic=mails&payload=%0A1%0A");
    post("/publish?topic=mails&payload=%22%5CuD800%22");
    post("/publish?topic=mails&payload=%7B%22%5CuD800%22:" + "1".repeat(1001) + "%7D");

    assertThat(body(get("/peek?topic=mails&subscriber=mailer")))
        .contains("\"payload\":{ \"a\":[1,2]},")
        .contains("\"payload\":1,")
        .contains("\"payload\":\"\\uD800\",")
        .contains("\"payload\":{\"\\uD800\":" + "1".repeat(1001) + "},");
  }

  @ParameterizedTest
  @CsvSource({"61, 200", "62, 400"})
  void publishedPayloadIsAsDeepAsThoseOfTheWire(int depth, int status) throws Exception {
    String payload = "%5B".repeat(depth) + "%5D".repeat(depth);

    assertThat(post("/publish?topic=mails&payload=" + payload)).startsWith("HTTP/1.1 " + status);
  }

  @ParameterizedTest
  @CsvSource({
    "topic=mails, 400, parameter payload is missing",
    "topic=mails&payload=x, 400, the payload is not JSON",
    "topic=mails&payload=1+2, 400, more than one JSON value",
    "topic=mails&payload=%5B1, 400, the payload is not JSON",
    "topic=mails&payload=%20%0A, 400, the payload holds no JSON value",
    "topic=mails&payload=%EF%BB%BF1, 400, the payload begins with a byte order mark",
    "topic=mails&payload=%00%31, 400, the payload is not JSON",
    "topic=mails&payload=1%00, 400, the payload is not JSON",
    "'topic=mails&payload=1,%22Key%22:2', 400, the payload is not JSON",
    "'topic=mails&payload=1%7D,%7B%22Payload%22:2', 400, the payload is not JSON",
    "topic=mails&payload=1&priority=2, 400, must be from 0 to 1",
    "topic=mails&payload=1&priority=-1, 400, must be from 0 to 1",
    "topic=no&payload=1, 404, 'there is no topic \"no\"'",
  })
  void messageThatCannotBePublishedIsRefused(String query, int status, String reason)
      throws Exception {
    assertThat(post("/publish?" + query)).startsWith("HTTP/1.1 " + status).contains(reason);
    assertThat(body(get("/peek?topic=mails&subscriber=mailer"))).isEqualTo("[\n]\n");
  }

  @Test
  void statsTellOfWhatIsBounded() throws Exception {
    assertThat(body(get("/stats"))).contains("\"bounds\":[{\"name\":\"held_bytes\",");
  }

  @Test
  void onlyGetIsServed() throws Exception {
    assertThat(ask("POST /stats HTTP/1.0\r\nContent-Length: 0\r\n\r\n"))
        .startsWith("HTTP/1.1 405")
        .contains("Allow: GET");
  }

  @Test
  void manyRequestsAtOnceAreAllAnswered() {
    List<String> answers =
        IntStream.range(0, 40).parallel().mapToObj(i -> getUnchecked("/stats")).toList();

    assertThat(answers).allSatisfy(answer -> assertThat(answer).startsWith("HTTP/1.1 200"));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "127.0.0.1:80, 200",
    "[::1]:80, 200",
    "evil.example, 403",
    "127.0.0.1.evil.example, 403",
    ", 403",
  })
  void onATcpPortOnlyThisMachinesOwnNamesAreServed(String host, int status) throws Exception {
    try (ServerSocketChannel onPort = onPort();
        Admin tcp = open(new Address.Tcp("127.0.0.1", onPort.socket().getLocalPort()), onPort);
        SocketChannel channel = SocketChannel.open(onPort.getLocalAddress())) {
      assertThat(tcp).isNotNull();
      String header = host == null ? "" : "Host: " + host + "\r\n";
      assertThat(ask(channel, "GET /metrics HTTP/1.0\r\n" + header + "\r\n"))
          .startsWith("HTTP/1.1 " + status);
    }
  }

  private void publish(String... payloads) throws Exception {
    List<Message> messages = new ArrayList<>();
    for (String payload : payloads) {
      messages.add(new Message(null, Bytes.utf8(payload), null, 0));
    }
    CompletableFuture<Void> kept = new CompletableFuture<>();
    Answer answer =
        new Answer() {
          @Override
          public void confirmed() {
            kept.complete(null);
          }

          @Override
          public void failed(String reason) {
            kept.completeExceptionally(new AssertionError(reason));
          }

          @Override
          public void refused(ErrorCode code, String reason) {
            kept.completeExceptionally(new AssertionError(reason));
          }
        };
    broker.submit(new Submission(List.of(new Command.Publish("mails", messages)), 1, answer));
    kept.get(60, TimeUnit.SECONDS); // uncommitted messages are not shown
  }

  private static ServerSocketChannel onPort() throws IOException {
    return ServerSocketChannel.open()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  private String get(String path) throws IOException {
    return ask("GET " + path + " HTTP/1.0\r\n\r\n");
  }

  private String getUnchecked(String path) {
    try {
      return get(path);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private String ask(String request) throws IOException {
    try (SocketChannel channel = connect()) {
      return ask(channel, request);
    }
  }

  private static String ask(SocketChannel channel, String request) throws IOException {
    write(channel, request);
    return read(channel);
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

  private static String body(String answer) {
    assertThat(answer).startsWith("HTTP/1.1 200");
    return answer
        .lines()
        .dropWhile(line -> !line.isEmpty())
        .skip(1)
        .collect(joining("\n", "", "\n"));
  }

  private static void isJson(String text) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      int tokens = 0;
      while (parser.nextToken() != null) {
        tokens++;
      }
      assertThat(tokens).isPositive();
    }
  }

  /** A subscriber that never connects. */
  private static final class Unreachable implements Sender {
    @Override
    public void open() {}

    @Override
    public boolean push(Batch batch) {
      return false;
    }

    @Override
    public void close() {}
  }

  /** Ignores all events. */
  static final class Silence implements BrokerEvents {
    @Override
    public void unreachable(String subscriber, String reason) {}

    @Override
    public void reachableAgain(String subscriber) {}

    @Override
    public void storeFailing(String reason) {}

    @Override
    public void storeRecovered() {}

    @Override
    public void detachedSubscriber(String topic, String subscriber, long backlog) {}

    @Override
    public void storeLost(StoreException reason) {}

    @Override
    public void bug(Throwable bug) {}
  }

  private static List<String> noFile() throws RefusedException {
    throw new RefusedException(ErrorCode.UNAVAILABLE, "no file");
  }
}
