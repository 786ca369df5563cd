package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ppmq.client.FakeBroker.Talk;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Single messages over the subscriber's own socket. */
@Timeout(120)
class EachTest {
  @TempDir Path directory;
  private Address own;
  private FakeBroker broker;
  private Subscriber subscriber;
  private final BlockingQueue<Delivery> handled = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> problems = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws IOException {
    own = Address.of(directory.resolve("mailer.sock").toString());
    broker = new FakeBroker(Address.of(directory.resolve("broker.sock").toString()));
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
    Address address = Address.of(directory.resolve("broker.sock").toString());
    return Subscriber.builder("mailer", address)
        .reconnect(false)
        .problems((sentence, cause) -> problems.add(sentence + ": " + cause));
  }

  private static String message(String key, String payload, int attempt) {
    return "{\"Key\":\"%s\",\"Payload\":\"%s\",\"Attempt\":%d}".formatted(key, payload, attempt);
  }

  private static String batch(String topic, String... messages) {
    return "{\"topic\":\"%s\",\"subscriber\":\"mailer\",\"messages\":[%s]}\n"
        .formatted(topic, String.join(",", messages));
  }

  private static String keys(String... keys) {
    return batch(
        "mails", List.of(keys).stream().map(k -> message(k, "p", 1)).toArray(String[]::new));
  }

  private static void failAt(Delivery message, String key, Exception failure) throws Exception {
    if (message.key().equals(key)) {
      throw failure;
    }
  }

  @Test
  void messageThatFailsIsNackedAndTheOthersAreAcknowledged() throws Exception {
    subscriber =
        builder().listenEach(own, message -> failAt(message, "k2", new IOException("no\nroute")));
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1", "k2", "k3"))) {
      assertThat(talk.confirm())
          .contains("\"Topic\":\"mails\"")
          .contains("\"Acks\":[\"k1\",\"k3\"]");
      assertThat(talk.confirm())
          .contains("\"Nacks\":[\"k2\"],\"Reason\":\"no route\"}")
          .doesNotContain("RetryAfter");
    }
    assertThat(problems.take()).contains("a message of topic mails nacked").contains("IOException");
  }

  private Talk pushed(Talk push, String batch) throws IOException {
    push.write(batch);
    return broker.accept();
  }

  @Test
  void handlerSaysWhenTheMessageComesAgainOrThatItDies() throws Exception {
    RetryAfter minute = RetryAfter.of(Duration.ofMinutes(1));
    subscriber =
        builder()
            .listenEach(
                own,
                message -> {
                  failAt(message, "k1", new Nack(minute, "busy"));
                  failAt(message, "k2", new Nack(RetryAfter.NEVER, "no such address"));
                });
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1", "k2"))) {
      assertThat(talk.confirm()).contains("[\"k1\"],\"RetryAfter\":\"60s\",\"Reason\":\"busy\"");
      assertThat(talk.confirm())
          .contains("[\"k2\"],\"RetryAfter\":\"never\",\"Reason\":\"no such address\"");
    }
    assertThat(problems).isEmpty();
  }

  /** An exception that cannot say why. */
  private static final class Mute extends Exception {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no text");
    }
  }

  @Test
  @Timeout(20)
  @SuppressWarnings("NullAway")
  void messageIsNackedWhateverIsWrongWithItsFailure() throws Exception {
    subscriber =
        builder()
            .problems(
                (sentence, cause) -> {
                  throw new IllegalStateException("no log");
                })
            .retryAfter((message, failure) -> message.key().equals("k1") ? null : RetryAfter.NEVER)
            .listenEach(
                own,
                message -> {
                  failAt(message, "k1", new IOException("later"));
                  failAt(message, "k2", new Mute());
                  failAt(message, "k3", new Nack(null, "no pause"));
                });
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1", "k2", "k3"))) {
      assertThat(talk.confirm()).contains("\"Nacks\":[\"k1\"],\"Reason\":\"later\"");
      assertThat(talk.confirm()).contains("[\"k2\"],\"RetryAfter\":\"never\",\"Reason\":\"Mute\"");
      assertThat(talk.confirm()).contains("[\"k3\"],\"RetryAfter\":\"never\"");
    }
  }

  @Test
  void pauseIsDecidedByTheMessageAndItsFailure() throws Exception {
    subscriber =
        builder()
            .retryAfter(
                (message, failure) ->
                    failure instanceof IOException
                        ? RetryAfter.of(Duration.ofSeconds(10L * message.attempt()))
                        : RetryAfter.NEVER)
            .listenEach(
                own,
                message -> {
                  failAt(message, "k1", new IOException("later"));
                  throw new AssertionError("an error is no reason to end");
                });
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, batch("mails", message("k1", "p", 3), message("k2", "p", 1)))) {
      assertThat(talk.confirm()).contains("[\"k1\"],\"RetryAfter\":\"30s\"");
      assertThat(talk.confirm()).contains("[\"k2\"],\"RetryAfter\":\"never\"");
    }
  }

  @Test
  void topicsDoNotWaitForEachOther() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .listenEach(
                own,
                message -> {
                  if (message.topic().equals("slow")) {
                    release.await();
                  }
                });
    try (Talk push = FakeBroker.connect(own);
        Talk talk =
            pushed(
                push,
                batch("slow", message("k1", "p", 1)) + batch("fast", message("k2", "p", 1)))) {
      assertThat(talk.confirm()).contains("\"Topic\":\"fast\"").contains("[\"k2\"]");
      release.countDown();
      assertThat(talk.confirm()).contains("\"Topic\":\"slow\"").contains("[\"k1\"]");
    }
  }

  @Test
  void oneThreadKeepsTheOrder() throws Exception {
    subscriber = builder().listenEach(own, handled::add);
    String[] keys = IntStream.range(0, 200).mapToObj(i -> "k" + i).toArray(String[]::new);
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys(keys))) {
      talk.confirm();
      for (String key : keys) {
        assertThat(handled.take().key()).isEqualTo(key);
      }
    }
  }

  @Test
  void asManyMessagesAreHandledAtOnceAsThereAreThreads() throws Exception {
    CyclicBarrier together = new CyclicBarrier(4);
    subscriber = builder().threads(4).listenEach(own, message -> together.await());
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1", "k2", "k3", "k4"))) {
      assertThat(acknowledged(talk, 4)).containsExactlyInAnyOrder("k1", "k2", "k3", "k4");
    }
  }

  /** Reads values until {@code count} keys are acknowledged. */
  private static List<String> acknowledged(Talk talk, int count) throws IOException {
    List<String> keys = new ArrayList<>();
    while (keys.size() < count) {
      String line = talk.confirm();
      String acks = line.substring(line.indexOf("\"Acks\":[") + 8, line.lastIndexOf(']'));
      keys.addAll(List.of(acks.replace("\"", "").split(",")));
    }
    return keys;
  }

  @Test
  void acknowledgementsOfABatchGoTogether() throws Exception {
    subscriber = builder().threads(4).listenEach(own, message -> {});
    String[] keys = IntStream.range(0, 5_000).mapToObj(i -> "k" + i).toArray(String[]::new);
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys(keys))) {
      int values = 0;
      int count = 0;
      for (; count < keys.length; values++) {
        count += talk.confirm().split("\"k").length - 1;
      }
      assertThat(values).isLessThan(500);
    }
  }

  @Test
  void acknowledgementDoesNotWaitForASlowMessageOfItsBatch() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .listenEach(
                own,
                message -> {
                  if (message.key().equals("slow")) {
                    release.await();
                  }
                });
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1", "slow", "k2"))) {
      assertThat(talk.confirm()).contains("\"Acks\":[\"k1\"]");
      release.countDown();
      assertThat(talk.confirm()).contains("\"Acks\":[\"slow\",\"k2\"]");
    }
  }

  @Test
  void executorThatIsGivenRunsTheHandler() throws Exception {
    CyclicBarrier together = new CyclicBarrier(3);
    subscriber =
        builder()
            .executor(task -> new Thread(task, "mine").start())
            .listenEach(
                own,
                message -> {
                  together.await();
                  assertThat(Thread.currentThread().getName()).isEqualTo("mine");
                });
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1", "k2", "k3"))) {
      assertThat(acknowledged(talk, 3)).hasSize(3);
    }
  }

  @Test
  void virtualThreadsMayRunTheHandler() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "needs virtual threads");
    Method of = Executors.class.getMethod("newVirtualThreadPerTaskExecutor");
    ExecutorService virtual = (ExecutorService) of.invoke(null);
    CyclicBarrier together = new CyclicBarrier(1_000);
    String[] keys = IntStream.range(0, 1_000).mapToObj(i -> "k" + i).toArray(String[]::new);
    subscriber = builder().executor(virtual).listenEach(own, message -> together.await());
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys(keys))) {
      assertThat(acknowledged(talk, 1_000)).containsExactlyInAnyOrder(keys);
    } finally {
      virtual.shutdown();
    }
  }

  @Test
  void messagesThatTheExecutorDoesNotTakeAreNacked() throws Exception {
    subscriber =
        builder()
            .executor(
                task -> {
                  throw new RejectedExecutionException("all busy");
                })
            .listenEach(own, message -> {});
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1", "k2"))) {
      assertThat(talk.confirm()).contains("\"Nacks\":[\"k1\",\"k2\"],\"Reason\":\"all busy\"");
    }
    assertThat(problems.take()).contains("no thread").contains("mails");
  }

  @Test
  void resultOfAnOlderVersionIsNotSaidOfTheNewer() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .listenEach(
                own,
                message -> {
                  handled.add(message);
                  if (message.payloadText().equals("old")) {
                    release.await();
                    assertThat(message.isOut()).isFalse();
                  }
                });
    try (Talk push = FakeBroker.connect(own)) {
      push.write(batch("mails", message("k1", "old", 1)));
      assertThat(handled.take().isOut()).isTrue();
      push.write(batch("mails", message("k1", "new", 1)) + batch("other", message("k9", "p", 1)));
      assertThat(handled.take().topic()).isEqualTo("other"); // so the newer one was read
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("k9");
        release.countDown();
        assertThat(handled.take().payloadText()).isEqualTo("new");
        assertThat(talk.confirm()).contains("[\"k1\"]");
        push.write(keys("k2"));
        assertThat(talk.confirm()).contains("[\"k2\"]"); // no result of the older one
      }
    }
  }

  @Test
  void messageThatIsDeliveredAgainWhileItIsHandledIsHandledOnce() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .listenEach(
                own,
                message -> {
                  handled.add(message);
                  if (message.key().equals("k1")) {
                    release.await();
                  }
                });
    try (Talk push = FakeBroker.connect(own)) {
      push.write(keys("k1"));
      handled.take();
      push.write(batch("mails", message("k1", "p", 2)) + batch("other", message("k9", "p", 1)));
      assertThat(handled.take().topic()).isEqualTo("other");
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("k9");
        release.countDown();
        assertThat(talk.confirm()).contains("[\"k1\"]");
        push.write(keys("k2"));
        assertThat(talk.confirm()).contains("[\"k2\"]");
      }
    }
    assertThat(handled.take().key()).isEqualTo("k2");
  }

  @Test
  void messageIsExtendedWhileItIsHandled() throws Exception {
    BlockingQueue<Boolean> extended = new LinkedBlockingQueue<>();
    subscriber =
        builder()
            .listenEach(
                own,
                message -> {
                  extended.add(message.extend());
                  extended.add(message.extend());
                });
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1"))) {
      assertThat(talk.confirm()).contains("\"Extend\":[\"k1\"]");
      assertThat(extended.take()).isTrue();
      talk.write("{\"confirm\":\"" + Talk.id(talk.read()) + "\",\"gone\":[\"k1\"]}\n");
      assertThat(extended.take()).isFalse();
    }
  }

  @Test
  void handlerMaySayLaterWhatBecameOfAMessage() throws Exception {
    subscriber = builder().acknowledge(false).listenEach(own, handled::add);
    try (Talk push = FakeBroker.connect(own)) {
      push.write(keys("k1", "k2", "k3", "k4"));
      Delivery first = handled.take();
      Delivery second = handled.take();
      handled.take();
      handled.take();
      first.nack(new Nack(RetryAfter.USUAL, "no"));
      first.acknowledge(); // too late
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("\"Nacks\":[\"k1\"]");
        second.acknowledge();
        assertThat(talk.confirm()).contains("\"Acks\":[\"k2\"]");
        subscriber.acknowledge("mails", List.of("k3"));
        assertThat(talk.confirm()).contains("\"Acks\":[\"k3\"]");
        subscriber.nack("mails", List.of("k4"), new Nack(RetryAfter.NEVER, ""));
        assertThat(talk.confirm()).contains("\"Nacks\":[\"k4\"],\"RetryAfter\":\"never\"");
      }
    }
  }

  @Test
  void closeFinishesWhatHasBegunAndLeavesTheRest() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .listenEach(
                own,
                message -> {
                  handled.add(message);
                  release.await();
                });
    try (Talk push = FakeBroker.connect(own)) {
      push.write(keys("k1", "k2"));
      handled.take();
      Thread closing = new Thread(subscriber::close);
      closing.start();
      assertThat(push.read()).isNull(); // its socket is closed
      release.countDown();
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("\"Acks\":[\"k1\"]");
        closing.join();
        subscriber.awaitClosed();
      }
    }
    assertThat(handled).isEmpty();
    assertThatThrownBy(() -> subscriber.acknowledge("mails", List.of("k1")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void handlerThatTakesTooLongIsInterruptedOnCloseAndNothingSaidOfItsMessage() throws Exception {
    subscriber =
        builder()
            .timeout(Duration.ofMillis(200))
            .listenEach(
                own,
                message -> {
                  handled.add(message);
                  new CountDownLatch(1).await();
                });
    try (Talk push = FakeBroker.connect(own)) {
      push.write(keys("k1"));
      handled.take();
      subscriber.close();
      subscriber.awaitClosed();
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void handlerMayCloseTheSubscriber() throws Exception {
    var self = new LinkedBlockingQueue<Subscriber>();
    subscriber = builder().listenEach(own, message -> self.take().close());
    self.add(subscriber);
    try (Talk push = FakeBroker.connect(own);
        Talk talk = pushed(push, keys("k1"))) {
      assertThat(talk.confirm()).contains("[\"k1\"]");
      subscriber.awaitClosed();
    }
  }

  @Test
  void moreThanTheBoundIsNotRead() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    subscriber =
        builder()
            .batchBytesMax(200)
            .listenEach(
                own,
                message -> {
                  handled.add(message);
                  release.await();
                });
    String large = "x".repeat(100);
    String pushes =
        IntStream.range(0, 4)
            .mapToObj(i -> batch("t", message("k" + i, large, 1)))
            .collect(Collectors.joining());
    try (Talk push = FakeBroker.connect(own)) {
      push.write(pushes + batch("other", message("k9", "p", 1)));
      assertThat(handled.take().key()).isEqualTo("k0");
      assertThat(handled.poll()).isNull(); // the other topic is behind unread bytes
      release.countDown();
      try (Talk talk = broker.accept()) {
        assertThat(acknowledged(talk, 5)).contains("k9");
      }
    }
  }
}
