package io.ppmq.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PpmqTest {
  /** 1, 2 and 4 seconds. */
  private static final long USUAL_PAUSES_NANOS = 7_000_000_000L;

  private final BlockingQueue<Received> handled = new LinkedBlockingQueue<>();

  @Test
  void whatIsPublishedComesToTheHandlerInItsOrder() throws Exception {
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic("mails", "mailer", "archive"))) {
      ppmq.publish("mails", "before").get();
      ppmq.subscribe("mailer", handled::add);
      for (int i = 0; i < 500; i++) {
        var unused = ppmq.publish("mails", "m" + i);
      }
      assertThat(handled.take().payload()).isEqualTo("before");
      for (int i = 0; i < 500; i++) {
        Received message = handled.take();
        assertThat(message.payload()).isEqualTo("m" + i);
        assertThat(message.attempt()).isEqualTo(1);
      }
    }
  }

  @Test
  void whatWasNotHandledIsThereWhenItIsOpenedAgain(@TempDir Path directory) throws Exception {
    PpmqConfig config = PpmqConfig.in(directory.resolve("data")).topic("mails", "mailer");
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.publish("mails", "kept").get();
    }
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.subscribe("mailer", handled::add);
      assertThat(handled.take().payload()).isEqualTo("kept");
    }
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.subscribe("mailer", handled::add);
      ppmq.publish("mails", "next").get();
      assertThat(handled.take().payload()).isEqualTo("next"); // the other was acknowledged
    }
  }

  @Test
  void messageThatFailsComesAgainAndTheOthersDoNot() throws Exception {
    TopicSettings topic = new TopicSettings("t", List.of("s"), 0, false, 1, false);
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic(topic))) {
      ppmq.subscribe(
          "s",
          message -> {
            handled.add(message);
            if (message.payload().equals("bad") && message.attempt() == 1) {
              throw new IllegalStateException("no disk");
            }
          });
      ppmq.publish("t", "bad").get();
      ppmq.publish("t", "good").get();
      assertThat(handled.take().payload()).isEqualTo("bad");
      Received again = handled.take();
      while (!again.payload().equals("bad")) {
        again = handled.take();
      }
      assertThat(again.attempt()).isEqualTo(2);
    }
  }

  private static List<Message> messages(String... payloads) {
    return Stream.of(payloads).map(text -> new Message(null, Bytes.utf8(text), null, 0)).toList();
  }

  @Test
  @Timeout(20)
  void errorFailsItsOwnMessageAlone() throws Exception {
    TopicSettings topic = new TopicSettings("t", List.of("s"), 0, false, 1, false);
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic(topic))) {
      ppmq.subscribe(
          "s",
          message -> {
            handled.add(message);
            if (message.payload().equals("bad") && message.attempt() == 1) {
              throw new StackOverflowError();
            }
          });
      ppmq.publish("t", messages("before", "bad", "behind")).get();
      for (String payload : List.of("before", "bad", "behind", "bad")) {
        assertThat(handled.take().payload()).isEqualTo(payload);
      }
    }
    assertThat(handled).isEmpty();
  }

  @Test
  void closeLeavesWhatNoHandlerHasBegun(@TempDir Path directory) throws Exception {
    PpmqConfig config = PpmqConfig.in(directory.resolve("data")).topic("mails", "mailer");
    CountDownLatch begun = new CountDownLatch(1);
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.publish("mails", messages("first", "second")).get();
      ppmq.subscribe(
          "mailer",
          message -> {
            handled.add(message);
            begun.countDown();
            Thread.sleep(2_000); // until the broker closes, also on a busy machine
          });
      begun.await();
    }
    assertThat(handled.take().payload()).isEqualTo("first");
    assertThat(handled).isEmpty();
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.subscribe("mailer", handled::add);
      assertThat(handled.take().payload()).isEqualTo("second");
    }
    assertThat(handled).isEmpty();
  }

  private static PpmqConfig withDeadLetters(int deliveriesMax) {
    TopicLimits limits = new TopicLimits(0, 0, WhenFull.REJECT, deliveriesMax, "dead", 0, false);
    return PpmqConfig.inMemory()
        .topic(new TopicSettings("t", List.of("s"), 0, false, 1, false, limits))
        .topic("dead", "undertaker");
  }

  @Test
  void whatFailsTooOftenDiesWithTheReasonOfItsHandler() throws Exception {
    try (Ppmq ppmq = Ppmq.open(withDeadLetters(1))) {
      ppmq.subscribe("undertaker", handled::add);
      ppmq.subscribe(
          "s",
          message -> {
            throw new IllegalStateException("no such host " + "\u20ac".repeat(1000));
          });
      ppmq.publish("t", "bad").get();
      assertThat(handled.take().payload()).contains("no such host \u20ac");
    }
  }

  @Test
  void handlerSaysWhenAMessageComesAgain() throws Exception {
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic("t", "s"))) {
      ppmq.subscribe(
          "s",
          message -> {
            handled.add(message);
            if (message.attempt() < 4) {
              throw Nack.retryAfter(Duration.ZERO, "busy");
            }
          });
      long start = System.nanoTime();
      ppmq.publish("t", "soon").get();
      for (int attempt = 1; attempt <= 4; attempt++) {
        assertThat(handled.take().attempt()).isEqualTo(attempt);
      }
      assertThat(System.nanoTime() - start).isLessThan(USUAL_PAUSES_NANOS);
    }
  }

  @Test
  void handlerHasAMessageDieAtOnce() throws Exception {
    try (Ppmq ppmq = Ppmq.open(withDeadLetters(100))) {
      ppmq.subscribe("undertaker", handled::add);
      ppmq.subscribe(
          "s",
          message -> {
            throw Nack.never("no such host");
          });
      ppmq.publish("t", "bad").get();
      assertThat(handled.take().payload()).contains("no such host").contains("bad");
    }
  }

  @Test
  void pauseOfANackIsUpToADay() {
    assertThat(Nack.retryAfter(Duration.ofHours(24), "").retryAfterMillis()).isEqualTo(86_400_000);
    assertThatThrownBy(() -> Nack.retryAfter(Duration.ofHours(24).plusMillis(1), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PT24H0.001S");
    assertThatThrownBy(() -> Nack.retryAfter(Duration.ofMillis(-1), ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void handlerThatNeedsMoreTimeSaysSo() throws Exception {
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic("t", "s"))) {
      BlockingQueue<Boolean> extended = new LinkedBlockingQueue<>();
      ppmq.subscribe(
          "s",
          message -> {
            extended.add(ppmq.extend(message).get());
            handled.add(message);
          });
      ppmq.publish("t", "slow").get();
      assertThat(extended.take()).isTrue();
      Received done = handled.take();
      while (ppmq.extend(done).get()) {
        Thread.onSpinWait(); // until it is acknowledged
      }
    }
  }

  @Test
  void whatIsDelayedComesAtItsMoment() throws Exception {
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic("t", "s"))) {
      ppmq.subscribe("s", handled::add);
      long start = System.nanoTime();
      ppmq.publish("t", "later", Duration.ofMillis(300)).get();
      ppmq.publish("t", "never", Duration.ofDays(1)).get();
      ppmq.publish("t", "now").get();
      assertThat(handled.take().payload()).isEqualTo("now");
      assertThat(handled.take().payload()).isEqualTo("later");
      // Delays are counted in whole milliseconds of the wall clock.
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(299_000_000);
      assertThatThrownBy(() -> ppmq.publish("t", "1", Duration.ofSeconds(-1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("PT-1S");
    }
  }

  /** A handler that takes long for some messages. */
  private final class SlowHandler implements Handler {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    @Override
    public void handle(Received message) throws Exception {
      if (message.payload().equals("slow")) {
        begun.countDown();
        release.await();
      } else {
        handled.add(message);
      }
    }
  }

  /** So long that a busy machine extends and acknowledges in time. */
  private static final int ACK_RETRY_MILLIS = 1_500;

  /** Returns between two moments at which something comes again. */
  private static void awaitSeveralAckRetries() throws InterruptedException {
    Thread.sleep(3 * ACK_RETRY_MILLIS + ACK_RETRY_MILLIS / 3);
  }

  @Test
  @Timeout(30)
  void whatIsPushedAfterTheExpiryOfAMessageIsHandledAfterIt() throws Exception {
    TopicSettings topic = new TopicSettings("t", List.of("s"), 0, false, 1, true);
    SlowHandler handler = new SlowHandler();
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic(topic))) {
      ppmq.subscribe("s", handler);
      Instant soon = Instant.now().plusMillis(2_000);
      ppmq.publish("t", List.of(new Message(null, Bytes.utf8("slow"), soon, 0))).get();
      handler.begun.await();
      ppmq.publish("t", "next").get();
      Thread.sleep(3_500); // until the other has expired, and this one is pushed
      assertThat(handled).isEmpty();
      handler.release.countDown();
      assertThat(handled.take().payload()).isEqualTo("next");
    }
  }

  private static PpmqConfig withAckRetry(boolean dedupe, TopicLimits limits) {
    return PpmqConfig.inMemory()
        .topic(new TopicSettings("t", List.of("s"), ACK_RETRY_MILLIS, dedupe, 1, false, limits))
        .topic("dead", "undertaker");
  }

  @Test
  @Timeout(30)
  void whatWaitsBehindASlowMessageDoesNotDieUnseen() throws Exception {
    BlockingQueue<Received> dead = new LinkedBlockingQueue<>();
    SlowHandler handler = new SlowHandler();
    TopicLimits limits = new TopicLimits(0, 0, WhenFull.REJECT, 2, "dead", 0, false);
    try (Ppmq ppmq = Ppmq.open(withAckRetry(false, limits))) {
      ppmq.subscribe("undertaker", dead::add);
      ppmq.subscribe("s", handler);
      ppmq.publish("t", messages("slow", "behind")).get();
      handler.begun.await();
      ppmq.publish("t", "next").get();
      awaitSeveralAckRetries();
      handler.release.countDown();
      for (String payload : List.of("behind", "next")) {
        Received message = handled.take();
        assertThat(message.payload()).isEqualTo(payload);
        assertThat(message.attempt()).isEqualTo(1);
      }
    }
    assertThat(handled).isEmpty();
    assertThat(dead).allMatch(letter -> letter.payload().contains("slow"));
  }

  @Test
  @Timeout(30)
  void newerVersionOfASlowMessageIsHandledAfterIt() throws Exception {
    SlowHandler handler = new SlowHandler();
    try (Ppmq ppmq = Ppmq.open(withAckRetry(true, TopicLimits.NONE))) {
      ppmq.subscribe("s", handler);
      Bytes key = Bytes.utf8("k");
      ppmq.publish("t", List.of(new Message(key, Bytes.utf8("slow"), null, 0))).get();
      handler.begun.await();
      ppmq.publish("t", List.of(new Message(key, Bytes.utf8("newer"), null, 0))).get();
      awaitSeveralAckRetries();
      handler.release.countDown();
      assertThat(handled.take().payload()).isEqualTo("newer");
    }
    assertThat(handled).isEmpty();
  }

  @Test
  @Timeout(30)
  void slowMessageIsHandledOnceWhileItsHandlerWorks() throws Exception {
    SlowHandler handler = new SlowHandler();
    BlockingQueue<Received> all = new LinkedBlockingQueue<>();
    try (Ppmq ppmq = Ppmq.open(withAckRetry(false, TopicLimits.NONE))) {
      ppmq.subscribe(
          "s",
          message -> {
            all.add(message);
            handler.handle(message);
          });
      ppmq.publish("t", "slow").get();
      handler.begun.await();
      awaitSeveralAckRetries();
      handler.release.countDown();
      ppmq.publish("t", "next").get();
      assertThat(handled.take().payload()).isEqualTo("next");
    }
    assertThat(all).extracting(Received::payload).containsExactly("slow", "next");
  }

  @Test
  void mistakesAreSaid() {
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic("t", "s"))) {
      assertThatThrownBy(() -> ppmq.publish("u", "1").get())
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC));
      assertThatThrownBy(() -> ppmq.subscribe("nobody", handled::add))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("nobody");
      ppmq.subscribe("s", handled::add);
      assertThatThrownBy(() -> ppmq.subscribe("s", handled::add))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
