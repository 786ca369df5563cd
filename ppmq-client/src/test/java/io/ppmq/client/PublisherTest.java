package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ppmq.client.FakeBroker.Talk;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PublisherTest {
  private static final List<OutgoingMessage> HELLO = List.of(OutgoingMessage.text("hello"));
  private static final Pattern PAYLOAD = Pattern.compile("\"Payload\":(\\d+)");

  @TempDir Path directory;
  private Address address;
  private FakeBroker broker;
  private Publisher publisher;

  @BeforeEach
  void start() throws IOException {
    address = Address.of(directory.resolve("broker.sock").toString());
    broker = new FakeBroker(address);
    publisher = new Publisher(address);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
    publisher.close();
    Threads.assertNoneLeft();
  }

  @Test
  void whatTheBrokerDoesNotKnowIsUnconfirmedAndARefusalHasItsCode() throws Exception {
    CompletableFuture<Void> doubtful =
        publisher.publishAsync("t", List.of(OutgoingMessage.text("1")));
    CompletableFuture<Void> refused =
        publisher.publishAsync("t", List.of(OutgoingMessage.text("2")));
    try (Talk talk = broker.accept()) {
      String answer = "{\"confirm\":\"%s\",\"error\":\"no\",\"code\":\"%s\"}\n";
      talk.write(answer.formatted(Talk.id(talk.read()), "in-doubt"));
      talk.write(answer.formatted(Talk.id(talk.read()), "topic-full"));
      assertThatThrownBy(() -> Value.await(doubtful))
          .isInstanceOfSatisfying(
              Unconfirmed.class, e -> assertThat(e.code()).isEqualTo("in-doubt"));
      assertThatThrownBy(() -> Value.await(refused))
          .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo("topic-full"));
    }
  }

  @Test
  void publishReturnsWhenTheBrokerHasConfirmed() throws Exception {
    CompletableFuture<Void> published = publisher.publishAsync("mails", HELLO);
    try (Talk talk = broker.accept()) {
      String line = talk.read();
      assertThat(Talk.fields(line))
          .isEqualTo("{\"Topic\":\"mails\",\"Messages\":[{\"Payload\":\"hello\"}]}");
      assertThat(published).isNotDone();
      talk.write("{\"confirm\":\"" + Talk.id(line) + "\"}\n");
      published.get();
    }
  }

  @Test
  void messagesAreCountedBeforeTheirFutureEnds() throws Exception {
    CompletableFuture<Long> confirmed =
        publisher.publishAsync("mails", HELLO).thenApply(done -> publisher.confirmed());
    CompletableFuture<Long> failed =
        publisher.publishAsync("mails", HELLO).handle((done, failure) -> publisher.failed());
    try (Talk talk = broker.accept()) {
      talk.confirm();
      assertThat(confirmed.get()).isOne();
    }
    assertThat(failed.get()).isOne();
  }

  @Test
  void everyFieldOfAMessageIsSent() throws Exception {
    OutgoingMessage message =
        OutgoingMessage.json("{\"a\": [1, null]}")
            .withKey("k\"1")
            .withExpires(Instant.parse("2027-01-02T03:04:05Z"))
            .withPriority(2);
    CompletableFuture<Void> published = publisher.publishAsync("mails", List.of(message));
    try (Talk talk = broker.accept()) {
      assertThat(talk.confirm())
          .endsWith(
              "{\"Key\":\"k\\\"1\",\"Payload\":{\"a\": [1, null]},"
                  + "\"Expires\":\"2027-01-02T03:04:05Z\",\"Priority\":2}]}");
      published.get();
    }
  }

  @Test
  void messageMayBeKeptBack() throws Exception {
    OutgoingMessage message = OutgoingMessage.text("p");
    CompletableFuture<Void> published =
        publisher.publishAsync(
            "mails",
            List.of(
                message.withDelay(Duration.ofMillis(90_500)),
                message.withNotBefore(Instant.parse("2027-01-02T03:04:05Z")),
                message.withNotBefore(Instant.EPOCH).withDelay(Duration.ZERO)));
    try (Talk talk = broker.accept()) {
      assertThat(talk.confirm())
          .endsWith(
              "[{\"Payload\":\"p\",\"Delay\":\"90.5s\"},"
                  + "{\"Payload\":\"p\",\"NotBefore\":\"2027-01-02T03:04:05Z\"},"
                  + "{\"Payload\":\"p\"}]}");
      published.get();
    }
  }

  @Test
  void delayThatTheBrokerWouldRefuseIsNoMessage() {
    OutgoingMessage message = OutgoingMessage.text("p");
    for (Duration delay : List.of(Duration.ofNanos(-1), Duration.ofDays(3651))) {
      assertThatThrownBy(() -> message.withDelay(delay))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(delay.toString());
    }
    assertThatThrownBy(() -> message.withNotBefore(Instant.MAX))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("notBefore");
  }

  @Test
  void refusalCarriesTheBrokersSentenceAndTheConnectionStays() throws Exception {
    CompletableFuture<Void> published = publisher.publishAsync("none", HELLO);
    try (Talk talk = broker.accept()) {
      String id = Talk.id(talk.read());
      talk.write(
          "{\"error\":\"no topic \\\"none\\\"\",\"more\":[{}],\"confirm\":\"" + id + "\"}\n");
      assertThatThrownBy(() -> Value.await(published))
          .isInstanceOf(Refused.class)
          .hasMessage("no topic \"none\"");
      CompletableFuture<Void> next = publisher.publishAsync("mails", HELLO);
      talk.confirm();
      next.get();
    }
  }

  @Test
  void connectionCutBeforeTheConfirmLeavesTheMessageUnconfirmed() throws Exception {
    CompletableFuture<Void> published = publisher.publishAsync("mails", HELLO);
    try (Talk talk = broker.accept()) {
      talk.read();
    }
    assertThatThrownBy(() -> Value.await(published)).isInstanceOf(Unconfirmed.class);
  }

  @Test
  void nextPublishOpensANewConnection() throws Exception {
    for (int i = 0; i < 3; i++) {
      CompletableFuture<Void> published = publisher.publishAsync("mails", HELLO);
      try (Talk talk = broker.accept()) {
        talk.confirm();
        published.get();
      }
    }
  }

  @Test
  void brokerThatIsNotThereIsAConnectException() throws Exception {
    broker.close();
    assertThatThrownBy(() -> publisher.publish("mails", HELLO))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(address.text());
  }

  @Test
  void brokerThatDoesNotConfirmInTimeIsGivenUp() throws Exception {
    try (Publisher hasty = new Publisher(address, Duration.ofSeconds(1), 10)) {
      CompletableFuture<Void> published = hasty.publishAsync("mails", HELLO);
      try (Talk talk = broker.accept()) {
        talk.read();
        assertThatThrownBy(() -> Value.await(published))
            .isInstanceOf(Unconfirmed.class)
            .hasMessageContaining("1000 ms");
        assertThat(talk.read()).isNull();
      }
    }
  }

  @Test
  void brokerThatDoesNotReadWholeIsKnownToHaveStoredNothing() throws Exception {
    List<OutgoingMessage> large = List.of(OutgoingMessage.text("x".repeat(4 << 20)));
    try (Publisher hasty = new Publisher(address, Duration.ofMillis(200), 10)) {
      CompletableFuture<Void> published = hasty.publishAsync("mails", large);
      Talk talk = broker.accept();
      assertThat(catchThrowable(() -> Value.await(published)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(Unconfirmed.class)
          .hasMessageContaining("nothing stored");
      talk.close();
    }
  }

  @Test
  void valueNotBegunWhenTheConnectionBreaksGoesOutOnTheNextOne() throws Exception {
    List<OutgoingMessage> large = List.of(OutgoingMessage.text("x".repeat(4 << 20)));
    CompletableFuture<Void> cut = publisher.publishAsync("mails", large);
    broker.accept().close();
    CompletableFuture<Void> next = publisher.publishAsync("mails", HELLO);
    try (Talk talk = broker.accept()) {
      assertThat(talk.confirm()).contains("hello");
      next.get();
      assertThatThrownBy(cut::get).hasCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void confirmsMayComeInPiecesAndInAnyOrder() throws Exception {
    CompletableFuture<Void> first = publisher.publishAsync("mails", HELLO);
    CompletableFuture<Void> second = publisher.publishAsync("mails", HELLO);
    try (Talk talk = broker.accept()) {
      String firstId = Talk.id(talk.read());
      String secondId = Talk.id(talk.read());
      talk.writeByteByByte("{\"confirm\":\"" + secondId + "\"}\n");
      second.get();
      assertThat(first).isNotDone();
      talk.writeByteByByte(" { \"Confirm\" : \"" + firstId + "\" } ");
      first.get();
    }
  }

  @Test
  void answerThatIsNoJsonBreaksTheConnection() throws Exception {
    CompletableFuture<Void> published = publisher.publishAsync("mails", HELLO);
    try (Talk talk = broker.accept()) {
      talk.read();
      talk.write("HTTP/1.1 400 Bad Request\r\n");
      assertThatThrownBy(published::get).hasCauseInstanceOf(Unconfirmed.class);
    }
  }

  @Test
  void fullWindowHoldsThePublisherBack() throws Exception {
    try (Publisher narrow = new Publisher(address, Duration.ofSeconds(20), 1)) {
      CompletableFuture<Void> first = narrow.publishAsync("mails", HELLO);
      var second = new FutureTask<>(() -> narrow.publishAsync("mails", HELLO));
      Thread waiting = new Thread(second);
      waiting.start();
      try (Talk talk = broker.accept()) {
        String id = Talk.id(talk.read());
        while (waiting.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
        assertThat(second.isDone()).isFalse();
        talk.write("{\"confirm\":\"" + id + "\"}");
        first.get();
        talk.confirm();
        second.get().get();
      }
    }
  }

  @Test
  void topicThatIsHeldDoesNotHoldUpOthers() throws Exception {
    try (Publisher narrow = new Publisher(address, Duration.ofSeconds(20), 1)) {
      CompletableFuture<Void> held = narrow.publishAsync("full", HELLO);
      try (Talk full = broker.accept()) {
        String id = Talk.id(full.read());
        for (int i = 0; i < 3; i++) {
          CompletableFuture<Void> other = narrow.publishAsync("mails", HELLO);
          try (Talk talk = broker.accept()) { // opened, and opened again when it was closed
            assertThat(talk.confirm()).contains("mails");
            other.get();
          }
        }
        full.write("{\"confirm\":\"" + id + "\"}\n");
        held.get();
        CompletableFuture<Void> last = narrow.publishAsync("news", HELLO);
        assertThat(full.confirm()).contains("news"); // a connection that is free serves any topic
        last.get();
      }
    }
  }

  /** The new topic must go where values move, not to a connection that is held. */
  @Test
  void moreTopicsThanConnectionsShareOneThatMoves() throws Exception {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    List<Talk> talks = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(publisher.publishAsync("t" + i, HELLO));
      talks.add(broker.accept());
    }
    List<String> ids = new ArrayList<>();
    for (Talk talk : talks) {
      ids.add(Talk.id(talk.read()));
    }
    all.add(publisher.publishAsync("t5", HELLO));
    talks.get(5).write("{\"confirm\":\"" + ids.get(5) + "\"}\n");
    all.get(5).get();
    all.add(publisher.publishAsync("t8", HELLO));
    assertThat(talks.get(5).confirm()).contains("\"t5\"");
    assertThat(talks.get(5).confirm()).contains("\"t8\"");
    all.get(9).get();
    for (int i = 0; i < 8; i++) {
      if (i != 5) {
        talks.get(i).write("{\"confirm\":\"" + ids.get(i) + "\"}\n");
      }
    }
    for (CompletableFuture<Void> one : all) {
      one.get();
    }
    for (Talk talk : talks) {
      talk.close();
    }
  }

  @Test
  void dependentThatWouldWaitForItselfIsToldSo() throws Exception {
    try (Publisher narrow = new Publisher(address, Duration.ofSeconds(20), 1)) {
      CompletableFuture<Void> republished =
          narrow.publishAsync("mails", HELLO).thenCompose(confirmed -> fillAndOverfill(narrow));
      try (Talk talk = broker.accept()) {
        talk.confirm();
        talk.confirm();
        republished.get();
      }
    }
  }

  /** Two connections whose dependents wait for each other's room would wait forever. */
  @Test
  void dependentDoesNotWaitForTheRoomOfAnotherTopicEither() throws Exception {
    try (Publisher narrow = new Publisher(address, Duration.ofSeconds(20), 1)) {
      CompletableFuture<Void> held = narrow.publishAsync("full", HELLO);
      try (Talk full = broker.accept()) {
        String id = Talk.id(full.read());
        CompletableFuture<Void> other =
            narrow.publishAsync("mails", HELLO).thenCompose(confirmed -> overfill(narrow));
        try (Talk talk = broker.accept()) {
          talk.confirm();
          assertThatThrownBy(other::get).hasCauseInstanceOf(IllegalStateException.class);
        }
        full.write("{\"confirm\":\"" + id + "\"}\n");
        held.get();
      }
    }
  }

  private static CompletableFuture<Void> overfill(Publisher narrow) {
    try {
      return narrow.publishAsync("full", HELLO);
    } catch (InterruptedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static CompletableFuture<Void> fillAndOverfill(Publisher narrow) {
    try {
      CompletableFuture<Void> fits = narrow.publishAsync("mails", HELLO);
      assertThatThrownBy(() -> narrow.publishAsync("mails", HELLO))
          .isInstanceOf(IllegalStateException.class);
      return fits;
    } catch (InterruptedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Test
  void streamIsPublishedInOrderAndCounted() throws Exception {
    var all =
        new FutureTask<>(
            () ->
                publisher.publishAll(
                    "mails",
                    IntStream.range(0, 5_000)
                        .mapToObj(i -> OutgoingMessage.json(Integer.toString(i)))
                        .iterator()));
    new Thread(all).start();
    try (Talk talk = broker.accept()) {
      for (int i = 0; i < 5_000; i++) {
        assertThat(talk.confirm()).contains("\"Payload\":" + i + "}");
      }
      assertThat(all.get()).isEqualTo(5_000);
    }
  }

  @Test
  void whatEachThreadPublishesStaysInItsOrder() throws Exception {
    int threads = 6;
    int each = 500;
    List<FutureTask<Void>> publishing = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      String of = t + "00000";
      publishing.add(
          new FutureTask<>(
              () -> {
                List<CompletableFuture<Void>> published = new ArrayList<>();
                for (int i = 0; i < each; i++) {
                  OutgoingMessage message =
                      OutgoingMessage.json(Long.toString(Long.parseLong(of) + i));
                  published.add(publisher.publishAsync("mails", List.of(message)));
                }
                for (CompletableFuture<Void> one : published) {
                  one.get();
                }
                return null;
              }));
    }
    publishing.forEach(task -> new Thread(task).start());
    int[] next = new int[threads];
    try (Talk talk = broker.accept()) {
      for (int n = 0; n < threads * each; n++) {
        Matcher payload = PAYLOAD.matcher(talk.confirm());
        assertThat(payload.find()).isTrue();
        int number = Integer.parseInt(payload.group(1));
        assertThat(number % 100_000).isEqualTo(next[number / 100_000]++);
      }
      for (FutureTask<Void> task : publishing) {
        task.get();
      }
    }
  }

  @Test
  void brokerThatReadsLateGetsEverything() throws Exception {
    List<CompletableFuture<Void>> published = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      OutgoingMessage large = OutgoingMessage.text(i + " " + "x".repeat(50_000));
      published.add(publisher.publishAsync("mails", List.of(large)));
    }
    try (Talk talk = broker.accept()) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 100; i++) { // all of it, before an answer causes the rest to be written
        lines.add(talk.read());
        assertThat(lines.get(i)).contains("\"Payload\":\"" + i + " x");
      }
      for (String line : lines) {
        talk.write("{\"confirm\":\"" + Talk.id(line) + "\"}\n");
      }
      for (CompletableFuture<Void> one : published) {
        one.get();
      }
    }
  }

  @Test
  void streamStopsAtTheFirstFailure() throws Exception {
    var all =
        new FutureTask<>(
            () -> publisher.publishAll("mails", List.of(HELLO.get(0), HELLO.get(0)).iterator()));
    new Thread(all).start();
    try (Talk talk = broker.accept()) {
      String refused = Talk.id(talk.read());
      talk.confirm();
      talk.write("{\"confirm\":\"" + refused + "\",\"error\":\"full\"}\n");
      assertThatThrownBy(all::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(Refused.class)
          .hasMessage("full");
    }
  }

  @Test
  void closeWaitsForWhatIsUnderWay() throws Exception {
    CompletableFuture<Void> published = publisher.publishAsync("mails", HELLO);
    Thread closing = new Thread(publisher::close);
    closing.start();
    try (Talk talk = broker.accept()) {
      talk.confirm();
      closing.join();
    }
    assertThat(published).isCompleted();
    assertThatThrownBy(() -> publisher.publish("mails", HELLO))
        .isInstanceOf(IllegalStateException.class);
  }

  private static boolean isLoopbackUp() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket server = new ServerSocket(0, 1, loopback);
        Socket client = new Socket(loopback, server.getLocalPort())) {
      return client.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void tcpBrokerIsReachedLikewise() throws Exception {
    assumeTrue(isLoopbackUp(), "needs a loopback network");
    try (FakeBroker tcp = new FakeBroker(Address.of("tcp://127.0.0.1:0"))) {
      int port = ((InetSocketAddress) tcp.local()).getPort();
      try (Publisher remote = new Publisher(Address.of("tcp://127.0.0.1:" + port))) {
        CompletableFuture<Void> published = remote.publishAsync("mails", HELLO);
        try (Talk talk = tcp.accept()) {
          talk.confirm();
          published.get();
        }
      }
    }
  }

  @Test
  void tcpBrokerThatIsNotThereIsAConnectException() throws Exception {
    assumeTrue(isLoopbackUp(), "needs a loopback network");
    FakeBroker gone = new FakeBroker(Address.of("tcp://127.0.0.1:0"));
    int port = ((InetSocketAddress) gone.local()).getPort();
    gone.close();
    try (Publisher remote = new Publisher(Address.of("tcp://127.0.0.1:" + port))) {
      assertThatThrownBy(() -> remote.publish("mails", HELLO)).isInstanceOf(ConnectException.class);
    }
  }
}
