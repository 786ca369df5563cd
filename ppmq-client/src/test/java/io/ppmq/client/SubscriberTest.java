package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.client.FakeBroker.Talk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SubscriberTest {
  private static final String BATCH =
      "{\"topic\":\"mails\",\"subscriber\":\"mailer\",\"messages\":["
          + "{\"Key\":\"k1\",\"Payload\":\"p\\n\\u00e9\\ud83d\\ude00é\"},"
          + "{\"Key\":\"k2\",\"Payload\":{\"a\":\n[\"}\",\"\\\"{\"]},\"Priority\":1,"
          + "\"Expires\":\"2027-01-02T03:04:05+01:00\",\"Attempt\":2}]}\n";
  private static final String ACK =
      "{\"Topic\":\"mails\",\"Subscriber\":\"mailer\",\"Acks\":[\"k1\",\"k2\"]}";

  @TempDir Path directory;
  private Address brokerAddress;
  private Address own;
  private FakeBroker broker;
  private Subscriber subscriber;
  private final BlockingQueue<Batch> batches = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> problems = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws IOException {
    brokerAddress = Address.of(directory.resolve("broker.sock").toString());
    own = Address.of(directory.resolve("mailer.sock").toString());
    broker = new FakeBroker(brokerAddress);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
    if (subscriber != null) {
      subscriber.close();
    }
    Threads.assertNoneLeft();
    assertThat(Path.of(own.text())).doesNotExist();
  }

  private SubscriberBuilder builder() {
    return Subscriber.builder("mailer", brokerAddress)
        .reconnect(false)
        .problems((sentence, cause) -> problems.add(sentence + ": " + cause));
  }

  private static String batch(String key) {
    return "{\"topic\":\"mails\",\"subscriber\":\"mailer\",\"messages\":[{\"Key\":\""
        + key
        + "\",\"Payload\":\"p\"}]}\n";
  }

  @Test
  void batchIsHandledAndAcknowledged() throws Exception {
    subscriber = builder().listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(BATCH);
      try (Talk talk = broker.accept()) {
        assertThat(Talk.fields(talk.confirm())).isEqualTo(ACK);
      }
    }
    Batch batch = batches.take();
    assertThat(batch.topic()).isEqualTo("mails");
    assertThat(batch.messages().get(0).payloadText()).isEqualTo("p\né😀é");
    assertThat(batch.messages().get(0).attempt()).isEqualTo(1);
    ReceivedMessage second = batch.messages().get(1);
    assertThat(second.payload()).isEqualTo("{\"a\":\n[\"}\",\"\\\"{\"]}");
    assertThat(second.payloadText()).isEqualTo(second.payload());
    assertThat(second.priority()).isEqualTo(1);
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.expires()).hasToString("2027-01-02T02:04:05Z");
  }

  @Test
  void batchMayComeByteByByte() throws Exception {
    subscriber = builder().listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.writeByteByByte(BATCH + batch("k3"));
      assertThat(batches.take().keys()).containsExactly("k1", "k2");
      assertThat(batches.take().keys()).containsExactly("k3");
    }
  }

  @Test
  void batchOfManyMegabytesIsRead() throws Exception {
    subscriber = builder().acknowledge(false).listen(own, batches::add);
    String payload = "x\\\\".repeat(4 << 20);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("k1").replace("\"p\"", "\"" + payload + "\""));
      push.write(batch("k2"));
      assertThat(batches.take().messages().get(0).payload()).hasSize(payload.length() + 2);
      assertThat(batches.take().keys()).containsExactly("k2");
    }
  }

  @Test
  void batchBeyondTheBoundIsReportedAndItsConnectionClosed() throws Exception {
    subscriber = builder().batchBytesMax(100).listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(BATCH);
      assertThat(push.read()).isNull();
    }
    assertThat(problems.take()).contains("more than 100 bytes");
    assertThat(batches).isEmpty();
  }

  private CompletableFuture<Subscriber> listenWithReconnect() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return builder().reconnect(true).listen(own, batches::add);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Messages pushed to the socket before the RECONNECT would come again after it. */
  @Test
  void reconnectIsConfirmedBeforeThereIsASocket() throws Exception {
    CompletableFuture<Subscriber> listening = listenWithReconnect();
    try (Talk talk = broker.accept()) {
      String reconnect = talk.read();
      assertThat(Talk.fields(reconnect))
          .isEqualTo("{\"Subscriber\":\"mailer\",\"Command\":\"RECONNECT\"}");
      assertThat(Path.of(own.text())).doesNotExist();
      talk.write("{\"confirm\":\"" + Talk.id(reconnect) + "\"}\n");
      subscriber = listening.get();
    }
    assertThat(Path.of(own.text())).exists();
  }

  @Test
  void subscriberThatTheBrokerDoesNotKnowEndsWithTheRefusal() throws Exception {
    CompletableFuture<Subscriber> listening = listenWithReconnect();
    try (Talk talk = broker.accept()) {
      talk.write(
          "{\"confirm\":\"%s\",\"error\":\"who?\",\"code\":\"unknown-subscriber\"}\n"
              .formatted(Talk.id(talk.read())));
      subscriber = listening.get();
      assertThatThrownBy(() -> subscriber.awaitClosed())
          .isInstanceOfSatisfying(
              Refused.class, e -> assertThat(e.code()).isEqualTo("unknown-subscriber"));
    }
    assertThat(problems.take()).contains("refused").contains("who?");
  }

  @Test
  void reconnectIsSentAgainToABrokerThatCannotDoItNow() throws Exception {
    CompletableFuture<Subscriber> listening = listenWithReconnect();
    try (Talk talk = broker.accept()) {
      talk.write(
          "{\"confirm\":\"%s\",\"error\":\"later\",\"code\":\"unavailable\"}\n"
              .formatted(Talk.id(talk.read())));
      subscriber = listening.get();
      assertThat(talk.confirm()).contains("RECONNECT");
    }
  }

  @Test
  void whatTheHandlerFailsAtIsNotAcknowledged() throws Exception {
    assertOnlyTheGoodIsAcknowledged(
        batch -> {
          if (batch.keys().contains("bad")) {
            throw new IOException("no disk");
          }
        });
    assertThat(problems.take()).contains("not acknowledged").contains("no disk");
  }

  @Test
  @Timeout(30)
  void errorOfTheHandlerDoesNotEndTheSubscriber() throws Exception {
    assertOnlyTheGoodIsAcknowledged(
        batch -> {
          if (batch.keys().contains("bad")) {
            throw new StackOverflowError("too deep");
          }
        });
    assertThat(problems.take()).contains("not acknowledged").contains("too deep");
  }

  private void assertOnlyTheGoodIsAcknowledged(Subscriber.Handler handler) throws Exception {
    subscriber = builder().listen(own, handler);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("bad") + batch("good"));
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("[\"good\"]");
      }
    }
  }

  @Test
  void partOfABatchIsAcknowledgedByHand() throws Exception {
    subscriber = builder().acknowledge(false).listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(BATCH);
      subscriber.acknowledge("mails", batches.take().keys().subList(1, 2));
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("\"Acks\":[\"k2\"]");
      }
    }
  }

  @Test
  void moreKeysThanTheBrokerTakesAtOnceAreNackedAndExtendedInParts() throws Exception {
    subscriber = builder().acknowledge(false).listen(own, batches::add);
    List<String> keys = IntStream.range(0, 20_001).mapToObj(i -> "k" + i).toList();
    subscriber.nack("mails", keys, new Nack(RetryAfter.NEVER, ""));
    CompletableFuture<List<String>> gone =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return subscriber.extend("mails", keys);
              } catch (Refused | IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    try (Talk talk = broker.accept()) {
      assertThat(talk.confirm()).contains("\"Nacks\":[\"k0\",").contains("\"k19999\"]");
      assertThat(talk.confirm()).contains("\"Nacks\":[\"k20000\"]");
      for (String last : List.of("k19999", "k20000")) {
        String part = talk.read();
        assertThat(part).contains("\"Extend\":[").endsWith("\"" + last + "\"]}");
        String answer = "{\"confirm\":\"%s\",\"gone\":[\"%s\"]}\n";
        talk.write(answer.formatted(Talk.id(part), last));
      }
      assertThat(gone.get()).containsExactly("k19999", "k20000");
    }
  }

  @Test
  void overlappingConnectionsAreBothRead() throws Exception {
    subscriber = builder().acknowledge(false).listen(own, batches::add);
    try (Talk old = FakeBroker.connect(own);
        Talk fresh = FakeBroker.connect(own)) {
      old.write(batch("k1").substring(0, 20));
      fresh.write(batch("k2"));
      assertThat(batches.take().keys()).containsExactly("k2");
      old.write(batch("k1").substring(20));
      assertThat(batches.take().keys()).containsExactly("k1");
    }
  }

  @Test
  void moreConnectionsThanAreServedWaitUntilOthersClose() throws Exception {
    subscriber = builder().acknowledge(false).listen(own, batches::add);
    for (int i = 0; i < 30; i += 10) {
      Talk[] talks = new Talk[10];
      for (int j = 0; j < talks.length; j++) {
        talks[j] = FakeBroker.connect(own);
        talks[j].write(batch("k" + (i + j)));
      }
      for (Talk talk : talks) {
        talk.close();
      }
    }
    for (int i = 0; i < 30; i++) {
      assertThat(batches.take().messages()).hasSize(1);
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void batchThatIsCutOffIsNotHandled() throws Exception {
    subscriber = builder().listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("k1") + batch("k2").substring(0, 70));
    }
    assertThat(batches.take().keys()).containsExactly("k1");
    assertThat(problems.take()).contains("cut off");
    assertThat(batches).isEmpty();
  }

  @Test
  void whatIsNoBatchClosesItsConnectionOnly() throws Exception {
    subscriber = builder().listen(own, batches::add);
    try (Talk good = FakeBroker.connect(own)) {
      for (String bad :
          List.of(
              "hello",
              "{\"topic\":\"mails\",\"subscriber\":\"mailer\",\"messages\":[{}]}",
              "{\"topic\":\"mails\",\"messages\":[]}",
              BATCH.replace("mailer", "other"),
              BATCH.replace("2027-01-02T03", "soon"))) {
        try (Talk push = FakeBroker.connect(own)) {
          push.write(bad);
          assertThat(push.read()).isNull();
        }
        assertThat(problems.take()).contains("failed");
      }
      good.write(batch("k1"));
      assertThat(batches.take().keys()).containsExactly("k1");
    }
  }

  @Test
  void unconfirmedAcknowledgementIsSentAgainWhenTheBrokerIsBack() throws Exception {
    subscriber = builder().listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(BATCH);
      try (Talk talk = broker.accept()) {
        talk.read();
        broker.close();
      }
      assertThat(problems.take()).contains("trying again");
    }
    broker = new FakeBroker(brokerAddress);
    try (Talk talk = broker.accept()) {
      assertThat(Talk.fields(talk.confirm())).isEqualTo(ACK);
    }
  }

  @Test
  void keyThatIsDeliveredAgainIsNotAcknowledgedForItsOlderVersion() throws Exception {
    subscriber = builder().listen(own, this::failSecondTime);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(BATCH);
      Talk first = broker.accept();
      first.read();
      push.write(batch("k1"));
      assertThat(problems.take()).contains("not acknowledged");
      first.close();
      try (Talk second = broker.accept()) {
        assertThat(second.confirm()).contains("\"Acks\":[\"k2\"]");
      }
    }
  }

  private void failSecondTime(Batch batch) throws IOException {
    batches.add(batch);
    if (batches.size() == 2) {
      throw new IOException("second time");
    }
  }

  @Test
  void refusedAcknowledgementIsReportedAndNotSentAgain() throws Exception {
    subscriber = builder().listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("k1"));
      try (Talk talk = broker.accept()) {
        talk.write("{\"confirm\":\"" + Talk.id(talk.read()) + "\",\"error\":\"not yours\"}\n");
        assertThat(problems.take()).contains("refused").contains("not yours");
        push.write(batch("k2"));
        assertThat(talk.confirm()).contains("[\"k2\"]");
      }
    }
  }

  @Test
  void staleSocketFileIsReplaced() throws Exception {
    ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(own.resolve()).close();
    assertThat(Path.of(own.text())).exists();
    subscriber = builder().acknowledge(false).listen(own, batches::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("k1"));
      assertThat(batches.take().keys()).containsExactly("k1");
    }
  }

  @Test
  void liveSocketIsNeverTaken() throws Exception {
    try (FakeBroker other = new FakeBroker(own)) {
      assertThatThrownBy(() -> builder().listen(own, batches::add))
          .isInstanceOf(BindException.class)
          .hasMessageContaining("in use");
      other.accept().close(); // the second subscriber's check
      try (Talk push = FakeBroker.connect(own);
          Talk talk = other.accept()) {
        push.write("still there\n");
        assertThat(talk.read()).isEqualTo("still there");
      }
    }
  }

  @Test
  void secondSubscriberOnASocketIsRefused() throws Exception {
    subscriber = builder().acknowledge(false).listen(own, batches::add);
    assertThatThrownBy(() -> builder().listen(own, batches::add)).isInstanceOf(BindException.class);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("k1"));
      assertThat(batches.take().keys()).containsExactly("k1");
    }
  }

  @Test
  void fileThatIsNoSocketIsLeftAlone() throws Exception {
    Path file = directory.resolve("notes.txt");
    Files.writeString(file, "notes");
    assertThatThrownBy(() -> builder().listen(Address.of(file.toString()), batches::add))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("not a socket");
    assertThat(file).hasContent("notes");
  }

  @Test
  void socketThatIsPassedInIsUsedAndItsFileLeftAlone() throws Exception {
    Address passed = Address.of(directory.resolve("passed.sock").toString());
    ServerSocketChannel channel =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(passed.resolve());
    subscriber = builder().acknowledge(false).listen(channel, batches::add);
    try (Talk push = FakeBroker.connect(passed)) {
      push.write(batch("k1"));
      assertThat(batches.take().keys()).containsExactly("k1");
    }
    subscriber.close();
    assertThat(channel.isOpen()).isFalse();
    assertThat(Path.of(passed.text())).exists();
  }

  @Test
  void handlerMayCloseTheSubscriber() throws Exception {
    var self = new LinkedBlockingQueue<Subscriber>();
    subscriber =
        builder()
            .listen(
                own,
                batch -> {
                  Subscriber me = self.take();
                  me.close();
                });
    self.add(subscriber);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("k1"));
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("[\"k1\"]");
        subscriber.awaitClosed();
      }
    }
    assertThat(Path.of(own.text())).doesNotExist();
  }

  @Test
  void handlerThatTakesTooLongIsInterruptedOnClose() throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    subscriber =
        builder()
            .timeout(Duration.ofMillis(200))
            .listen(
                own,
                batch -> {
                  handling.countDown();
                  new CountDownLatch(1).await();
                });
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("k1"));
      handling.await();
      subscriber.close();
      subscriber.awaitClosed();
    }
    assertThat(problems.take()).contains("not acknowledged").contains("InterruptedException");
  }
}
