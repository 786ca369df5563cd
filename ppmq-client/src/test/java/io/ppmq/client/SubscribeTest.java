package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.client.FakeBroker.Talk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Batches over connections to the broker. */
@Timeout(120)
class SubscribeTest {
  private static final String SUBSCRIBE = "{\"Subscriber\":\"mailer\",\"Command\":\"SUBSCRIBE\"}";

  @TempDir Path directory;
  private Address address;
  private FakeBroker broker;
  private Subscriber subscriber;
  private final BlockingQueue<Delivery> handled = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> problems = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws IOException {
    address = Address.of(directory.resolve("broker.sock").toString());
    broker = new FakeBroker(address);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
    if (subscriber != null) {
      subscriber.close();
    }
    Threads.assertNoneLeft();
  }

  private SubscriberBuilder builder() {
    return Subscriber.builder("mailer", address)
        .timeout(Duration.ofSeconds(20))
        .problems((sentence, cause) -> problems.add(sentence + ": " + cause));
  }

  private static String batch(String topic, String key, String payload) {
    return ("{\"topic\":\"%s\",\"subscriber\":\"mailer\",\"messages\":"
            + "[{\"Key\":\"%s\",\"Payload\":\"%s\"}]}\n")
        .formatted(topic, key, payload);
  }

  /** Accepts the next connection and confirms its SUBSCRIBE. */
  private Talk subscribed() throws IOException {
    Talk talk = broker.accept();
    assertThat(Talk.fields(talk.confirm())).isEqualTo(SUBSCRIBE);
    return talk;
  }

  @Test
  void batchIsPushedAndAcknowledgedOnTheConnectionThatSubscribed() throws Exception {
    subscriber = builder().subscribeEach(handled::add);
    try (Talk talk = subscribed()) {
      talk.writeByteByByte(batch("mails", "k1", "p"));
      assertThat(handled.take().payloadText()).isEqualTo("p");
      assertThat(Talk.fields(talk.confirm()))
          .isEqualTo("{\"Topic\":\"mails\",\"Subscriber\":\"mailer\",\"Acks\":[\"k1\"]}");
      talk.write(batch("mails", "k2", "p") + batch("news", "k3", "p"));
      assertThat(talk.confirm() + talk.confirm()).contains("[\"k2\"]").contains("[\"k3\"]");
    }
  }

  @Test
  void topicsAndBatchSizeAreAskedFor() throws Exception {
    subscriber = builder().topics("mails", "news").batchSize(5).subscribeEach(handled::add);
    try (Talk talk = broker.accept()) {
      String rest = "\"Subscriber\":\"mailer\",\"Command\":\"SUBSCRIBE\",\"BatchSize\":5}";
      assertThat(Talk.fields(talk.confirm())).isEqualTo("{\"Topic\":\"mails\"," + rest);
      assertThat(Talk.fields(talk.confirm())).isEqualTo("{\"Topic\":\"news\"," + rest);
    }
  }

  @Test
  void everyWorkerIsAConnection() throws Exception {
    subscriber = builder().workers(3).subscribeEach(handled::add);
    List<Talk> talks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      talks.add(subscribed());
    }
    for (Talk talk : talks) {
      talk.write(batch("mails", "k" + talks.indexOf(talk), "p"));
      assertThat(talk.confirm()).contains("[\"k" + talks.indexOf(talk) + "\"]");
    }
    subscriber.acknowledge("mails", List.of("unknown")); // never delivered: nothing is sent
    talks.get(0).close();
    try (Talk again = subscribed()) {
      again.write(batch("mails", "k4", "p"));
      assertThat(again.confirm()).contains("[\"k4\"]");
    }
    for (Talk talk : talks) {
      talk.close();
    }
  }

  @Test
  void resultOfALostConnectionIsNotSaidOnTheNextOne() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .subscribeEach(
                message -> {
                  handled.add(message);
                  if (message.payloadText().equals("old")) {
                    release.await();
                  }
                });
    Delivery old;
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k1", "old"));
      old = handled.take();
      assertThat(old.isOut()).isTrue();
    }
    try (Talk talk = subscribed()) {
      assertThat(old.isOut()).isFalse();
      assertThat(old.extend()).isFalse();
      subscriber.acknowledge("mails", List.of("k1"));
      talk.write(batch("mails", "k1", "new"));
      release.countDown();
      assertThat(handled.take().payloadText()).isEqualTo("new");
      assertThat(talk.confirm()).contains("[\"k1\"]");
      talk.write(batch("mails", "k2", "p"));
      assertThat(talk.confirm()).contains("[\"k2\"]");
    }
  }

  /** It may have reached the broker, which may have delivered a newer version since. */
  @Test
  void acknowledgementThatWasNotConfirmedOnALostConnectionIsForgotten() throws Exception {
    subscriber = builder().subscribeEach(handled::add);
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k1", "old"));
      assertThat(talk.read()).contains("[\"k1\"]");
    }
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k2", "p"));
      assertThat(talk.confirm()).contains("[\"k2\"]");
    }
  }

  @Test
  void oneMessageOfATopicIsHandledAtATimeAlsoOverAChangeOfTheConnection() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .subscribeEach(
                message -> {
                  handled.add(message);
                  if (message.key().equals("k1")) {
                    release.await();
                  }
                });
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k1", "p"));
      assertThat(handled.take().key()).isEqualTo("k1");
    }
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k2", "p") + batch("news", "k3", "p"));
      assertThat(handled.take().key()).isEqualTo("k3"); // another topic goes on
      release.countDown();
      assertThat(handled.take().key()).isEqualTo("k2");
      assertThat(talk.confirm() + talk.confirm()).contains("k2").contains("k3");
    }
  }

  @Test
  void brokerThatIsNotThereIsWaitedFor() throws Exception {
    broker.close();
    subscriber = builder().subscribeEach(handled::add);
    assertThat(problems.take()).contains("not connected, trying again").contains("not reachable");
    broker = new FakeBroker(address);
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k1", "p"));
      assertThat(talk.confirm()).contains("[\"k1\"]");
    }
  }

  @Test
  void subscriberThatTheBrokerRefusesEndsWithTheRefusal() throws Exception {
    subscriber = builder().workers(2).subscribeEach(handled::add);
    try (Talk talk = broker.accept()) { // the other worker may be stopped before it connects
      String answer = "{\"confirm\":\"%s\",\"error\":\"who?\",\"code\":\"unknown-subscriber\"}\n";
      talk.write(answer.formatted(Talk.id(talk.read())));
      assertThat(talk.read()).isNull();
    }
    assertThatThrownBy(() -> subscriber.awaitClosed())
        .isInstanceOf(UnknownName.class)
        .hasMessage("who?");
  }

  @Test
  void subscriptionThatIsNotAnsweredDoesNotHoldUpTheEnd() throws Exception {
    subscriber = builder().timeout(Duration.ofHours(1)).subscribeEach(handled::add);
    try (Talk talk = broker.accept()) {
      assertThat(talk.read()).contains("SUBSCRIBE");
      subscriber.close();
      assertThat(talk.read()).isNull();
    }
  }

  @Test
  void subscriptionThatTheBrokerCannotTakeNowIsTriedAgain() throws Exception {
    subscriber = builder().subscribeEach(handled::add);
    try (Talk talk = broker.accept()) {
      String answer = "{\"confirm\":\"%s\",\"error\":\"later\",\"code\":\"unavailable\"}\n";
      talk.write(answer.formatted(Talk.id(talk.read())));
      assertThat(talk.read()).isNull();
    }
    assertThat(problems.take()).contains("later");
    subscribed().close();
  }

  @Test
  void refusalForNowIsSaidAgainOnTheSameConnection() throws Exception {
    subscriber = builder().subscribeEach(handled::add);
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k1", "p"));
      String answer = "{\"confirm\":\"%s\",\"error\":\"later\",\"code\":\"unavailable\"}\n";
      talk.write(answer.formatted(Talk.id(talk.read())));
      assertThat(talk.confirm()).contains("\"Acks\":[\"k1\"]");
    }
  }

  @Test
  void closeFinishesWhatHasBegun() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .subscribeEach(
                message -> {
                  handled.add(message);
                  release.await();
                });
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k1", "p") + batch("mails", "k2", "p"));
      handled.take();
      Thread closing = new Thread(subscriber::close);
      closing.start();
      assertThat(Talk.fields(talk.confirm()))
          .isEqualTo("{\"Subscriber\":\"mailer\",\"Command\":\"UNSUBSCRIBE\"}");
      release.countDown();
      assertThat(talk.confirm()).contains("\"Acks\":[\"k1\"]");
      assertThat(talk.read()).isNull();
      closing.join();
    }
    assertThat(handled).isEmpty();
  }

  @Test
  void closeWaitsForTheResultsThatAnotherThreadSends() throws Exception {
    for (int i = 0; i < 300; i++) {
      Connection connection = new Connection(address, Duration.ofSeconds(20), 256);
      Acknowledgements acknowledgements =
          new Acknowledgements(
              connection, "mailer", (sentence, cause) -> problems.add(sentence + ": " + cause));
      connection.send("\"Subscriber\":\"mailer\",\"Command\":\"SUBSCRIBE\"");
      try (Talk talk = subscribed()) {
        acknowledgements.settle("mails", "k1", null);
        CyclicBarrier together = new CyclicBarrier(2);
        FutureTask<Void> flush =
            new FutureTask<>(
                () -> {
                  together.await();
                  acknowledgements.flush("mails");
                  return null;
                });
        FutureTask<String> said = new FutureTask<>(talk::confirm);
        new Thread(flush).start();
        new Thread(said).start();
        together.await();
        acknowledgements.close(Duration.ofSeconds(20));
        flush.get();
        assertThat(Talk.fields(said.get()))
            .isEqualTo("{\"Topic\":\"mails\",\"Subscriber\":\"mailer\",\"Acks\":[\"k1\"]}");
      }
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void wholeBatchesMayBeHandled() throws Exception {
    BlockingQueue<Batch> batches = new LinkedBlockingQueue<>();
    subscriber =
        builder()
            .retryAfter(Duration.ofSeconds(30))
            .subscribe(
                batch -> {
                  batches.add(batch);
                  if (batch.topic().equals("bad")) {
                    throw new IOException("no disk");
                  }
                });
    try (Talk talk = subscribed()) {
      String two = "{\"Key\":\"k1\",\"Payload\":\"p\"},{\"Key\":\"k2\",\"Payload\":\"p\"}";
      talk.write(batch("mails", "k1", "p").replace("{\"Key\":\"k1\",\"Payload\":\"p\"}", two));
      assertThat(batches.take().keys()).containsExactly("k1", "k2");
      assertThat(talk.confirm()).contains("\"Acks\":[\"k1\",\"k2\"]");
      talk.write(batch("bad", "k3", "p"));
      assertThat(batches.take().subscriber()).isEqualTo("mailer");
      assertThat(talk.confirm())
          .contains("\"Nacks\":[\"k3\"],\"RetryAfter\":\"30s\",\"Reason\":\"no disk\"");
    }
  }

  private static String batchOf(int messages) {
    return IntStream.range(0, messages)
        .mapToObj(i -> "{\"Key\":\"" + i + "\",\"Payload\":\"p\"}")
        .collect(
            Collectors.joining(
                ",", "{\"topic\":\"mails\",\"subscriber\":\"mailer\",\"messages\":[", "]}\n"));
  }

  private static List<String> nackedKeys(String value) {
    Matcher keys = Pattern.compile("\"Nacks\":\\[([^\\]]*)").matcher(value);
    assertThat(keys.find()).isTrue();
    return List.of(keys.group(1).replace("\"", "").split(","));
  }

  @Test
  void batchThatFailsIsNackedInValuesThatTheBrokerTakes() throws Exception {
    subscriber =
        builder()
            .subscribe(
                batch -> {
                  throw new IOException("no disk");
                });
    try (Talk talk = subscribed()) {
      talk.write(batchOf(45_000));
      List<String> nacked = new ArrayList<>();
      while (nacked.size() < 45_000) {
        String value = talk.confirm();
        assertThat(value).contains("\"Reason\":\"no disk\"");
        List<String> keys = nackedKeys(value);
        assertThat(keys.size()).isLessThanOrEqualTo(20_000);
        nacked.addAll(keys);
      }
      assertThat(nacked).doesNotHaveDuplicates().hasSize(45_000);
    }
  }

  @Test
  void keysAreSettledAndExtendedByHandOnTheConnectionThatTheyCameOver() throws Exception {
    subscriber = builder().workers(2).acknowledge(false).subscribeEach(handled::add);
    try (Talk first = subscribed();
        Talk second = subscribed()) {
      first.write(batch("mails", "k1", "p"));
      second.write(batch("mails", "k2", "p"));
      handled.take();
      handled.take();
      Thread extending =
          new Thread(
              () -> {
                try {
                  List<String> gone = subscriber.extend("mails", List.of("k1", "k2", "k3"));
                  problems.add("gone " + gone);
                } catch (Exception e) {
                  problems.add(e.toString());
                }
              });
      extending.start();
      FutureTask<String> other = new FutureTask<>(second::confirm); // whichever comes first
      new Thread(other).start();
      assertThat(first.confirm()).contains("\"Extend\":[\"k1\"]");
      assertThat(other.get()).contains("\"Extend\":[\"k2\"]");
      assertThat(problems.take()).isEqualTo("gone [k3]");
      subscriber.acknowledge("mails", List.of("k1", "k2", "k3"));
      assertThat(first.confirm()).contains("\"Acks\":[\"k1\"]");
      assertThat(second.confirm()).contains("\"Acks\":[\"k2\"]");
    }
  }

  @Test
  void batchForAnotherSubscriberBreaksTheConnection() throws Exception {
    subscriber = builder().subscribeEach(handled::add);
    try (Talk talk = subscribed()) {
      talk.write(batch("mails", "k1", "p").replace("mailer", "other"));
      assertThat(talk.read()).isNull();
    }
    assertThat(problems.take()).contains("a batch for subscriber other");
    subscribed().close();
  }
}
