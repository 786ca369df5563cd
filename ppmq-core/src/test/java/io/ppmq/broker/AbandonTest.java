package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.store.StoreException;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The turns and the end of a broker with threads, whose commits other machines keep too. */
@Timeout(120)
class AbandonTest {
  private static final String REASON = "node b leads";

  private final CompletableFuture<String> abandoned = new CompletableFuture<>();
  private final Map<String, FakeSubscriber> subscribers = new ConcurrentHashMap<>();
  private final LateStore store = new LateStore();
  private final Broker broker = broker();

  private Broker broker() {
    TopicSettings topic = new TopicSettings("t", List.of("ann"), 0, false, 1, true);
    SubscriberSettings ann = new SubscriberSettings("ann", new BatchLimits(10, 1 << 20));
    return Broker.start(
        new BrokerSettings(List.of(topic), List.of(ann), SyncPolicy.ALWAYS),
        store,
        Clock.system(),
        (name, link) -> subscribers.computeIfAbsent(name, absent -> new FakeSubscriber(link)),
        new Events(abandoned));
  }

  @AfterEach
  void end() throws InterruptedException {
    broker.abandon("the test is over");
  }

  /** Commits the changes of the start, so that the next commit is that of the test. */
  private void keepTheFirst() throws InterruptedException {
    store.awaitBegun(1);
    store.keep();
    broker.stats();
  }

  private Outcome publish(int bytes) throws Exception {
    Outcome outcome = new Outcome();
    broker.submit(new Submission(List.of(HandDrivenBroker.publishing("t", "1")), bytes, outcome));
    return outcome;
  }

  // ---- turns ----------------------------------------------------------------------------------

  @Test
  void commitThatIsKeptWakesTheWriter() throws Exception {
    keepTheFirst();
    Outcome outcome = publish(1);
    store.awaitBegun(2);
    store.keep();
    assertThat(outcome.get()).isEqualTo("confirmed");
  }

  @Test
  void threadThatReadsTakesNoTurn() throws Exception {
    keepTheFirst();
    Thread reading = Thread.currentThread();
    CompletableFuture<Thread> on = new CompletableFuture<>();
    store.tellBegun(() -> on.complete(Thread.currentThread()));
    Submission small =
        new Submission(List.of(HandDrivenBroker.publishing("t", "1")), 1, Answer.NONE);
    broker.collect(small);
    broker.work();
    assertThat(on.get(60, TimeUnit.SECONDS)).isNotSameAs(reading);
  }

  @Test
  void inputIsBoundedUntilItsCommitIsKept() throws Exception {
    keepTheFirst();
    publish(400 << 10);
    store.awaitBegun(2);
    Thread more = new Thread(() -> submitQuietly(200 << 10));
    more.start();
    while (more.getState() != Thread.State.WAITING) {
      Thread.sleep(1);
    }
    broker.stats();
    assertThat(more.isAlive()).as("it waits for the room of what is under way").isTrue();

    store.keep();
    more.join(60_000);
    assertThat(more.isAlive()).isFalse();
  }

  private void submitQuietly(int bytes) {
    try {
      publish(bytes);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void valueThatIsTooLargeForOneCommitOfSeveralMachinesIsRefused() throws Exception {
    keepTheFirst();
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> publish(20 << 20))
        .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE))
        .withMessageContaining("divide it");
  }

  // ---- the end --------------------------------------------------------------------------------

  @Test
  void whoWaitsHearsWhyItEndedAndTheStoreStaysOpen() throws Exception {
    keepTheFirst();
    Outcome begun = publish(1);
    store.awaitBegun(2);
    Outcome collected = publish(1);
    broker.stats();
    broker.abandon(REASON);

    assertThat(begun.get()).isEqualTo("in-doubt: node b leads: it may have been kept");
    assertThat(collected.get()).isEqualTo("unavailable: node b leads");
    assertThat(store.isClosed()).isFalse();
    store.keep(); // comes too late, and has no effect
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> publish(1))
        .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .withMessage(REASON);
  }

  @Test
  void whoAsksIsNotKeptWaitingByABrokerThatHasEnded() throws Exception {
    keepTheFirst();
    CompletableFuture<Exception> refused = new CompletableFuture<>();
    Thread asking =
        new Thread(
            () -> {
              try {
                broker.pause(new Pause("t", null));
              } catch (RefusedException | IllegalStateException e) {
                refused.complete(e);
              }
            });
    asking.start();
    store.awaitBegun(2);
    broker.abandon(REASON);
    assertThat(refused.get(60, TimeUnit.SECONDS)).hasMessageContaining(REASON);
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(broker::stats);
  }

  @Test
  void commitThatNobodyKnowsOfEndsItByItself() throws Exception {
    keepTheFirst();
    Outcome begun = publish(1);
    store.awaitBegun(2);
    store.lose(REASON);
    assertThat(begun.get()).startsWith("in-doubt: node b leads");
    assertThat(abandoned.get(60, TimeUnit.SECONDS)).isEqualTo(REASON);
    assertThat(store.isClosed()).isFalse();
  }

  @Test
  void nothingIsPushedAfterwards() throws Exception {
    keepTheFirst();
    publish(1);
    store.awaitBegun(2);
    broker.abandon(REASON);
    store.keep();
    assertThat(subscribers.get("ann").takePayloads()).isEmpty();
  }

  /** An answer to wait for. */
  private static final class Outcome implements Answer {
    private final CompletableFuture<String> word = new CompletableFuture<>();

    @Override
    public void confirmed() {
      word.complete("confirmed");
    }

    @Override
    public void failed(String reason) {
      word.complete(ErrorCode.IN_DOUBT.word() + ": " + reason);
    }

    @Override
    public void refused(ErrorCode code, String reason) {
      word.complete(code.word() + ": " + reason);
    }

    String get() throws Exception {
      return word.get(60, TimeUnit.SECONDS);
    }
  }

  /** Expects only to be abandoned. */
  private record Events(CompletableFuture<String> abandoned) implements BrokerEvents {
    @Override
    public void abandoned(String reason) {
      abandoned.complete(reason);
    }

    @Override
    public void unreachable(String subscriber, String reason) {
      throw new AssertionError(subscriber + ": " + reason);
    }

    @Override
    public void reachableAgain(String subscriber) {
      throw new AssertionError(subscriber);
    }

    @Override
    public void storeFailing(String reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void storeRecovered() {
      throw new AssertionError();
    }

    @Override
    public void detachedSubscriber(String topic, String subscriber, long backlog) {
      throw new AssertionError(subscriber);
    }

    @Override
    public void storeLost(StoreException reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void bug(Throwable bug) {
      throw new AssertionError(bug);
    }
  }
}
