package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.rocksdb.Proposals;
import io.ppmq.store.rocksdb.Replica;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The size of an entry that other machines keep, when much comes together. */
final class LargestCommitTest implements Proposals {
  /** As in the cluster module. */
  private static final int ENTRY_BYTES_MAX = (24 << 20) - 1024;

  private static final int VALUE_BYTES = (20 << 20) - 1000;
  private static final int MESSAGE_BYTES = 6 << 20;

  @TempDir Path directory;
  private final Queue<Runnable> underWay = new ArrayDeque<>();
  private final ExecutorService applying = Executors.newSingleThreadExecutor();
  private Replica replica;
  private HandDrivenBroker broker;
  private long index = 1;
  private int largest;
  private boolean byHand;

  @BeforeEach
  void start() throws Exception {
    replica = Replica.open(directory.resolve("data"), 0, warning -> {});
    CompletableFuture<@Nullable String> founded = new CompletableFuture<>();
    propose(replica.founding(1, 1000), founded::complete);
    founded.join();
    TopicLimits deadly = new TopicLimits(0, 0, WhenFull.BLOCK, 1, "dead", 0, false);
    TopicLimits bound = new TopicLimits(2, 0, WhenFull.BLOCK, 0, null, 0, false);
    BrokerSettings settings =
        new BrokerSettings(
            List.of(
                topic("t", "ann", TopicLimits.NONE),
                topic("deadly", "bob", deadly),
                topic("dead", "ann", TopicLimits.NONE),
                topic("bound", "bob", bound)),
            List.of(
                new SubscriberSettings("ann", new BatchLimits(9, 32 << 20)),
                new SubscriberSettings("bob", new BatchLimits(9, 32 << 20))),
            SyncPolicy.ALWAYS);
    broker = new HandDrivenBroker(replica.lead(1, this), settings);
    settle();
  }

  @AfterEach
  void end() {
    broker.abandon("the test ends");
    applying.shutdown();
    replica.close();
  }

  private static TopicSettings topic(String name, String subscriber, TopicLimits limits) {
    int timeoutMillis = limits.deadLetter() == null ? 600_000 : 100;
    return new TopicSettings(name, List.of(subscriber), timeoutMillis, false, 1, false, limits);
  }

  @Override
  public synchronized void propose(byte[] entry, Consumer<@Nullable String> done) {
    largest = Math.max(largest, entry.length);
    underWay.add(
        () -> {
          replica.apply(1, index++, ByteBuffer.wrap(entry));
          done.accept(null);
        });
    if (!byHand) {
      applying.execute(this::keep);
    }
  }

  private void keep() {
    Runnable next = take();
    if (next != null) {
      next.run();
    }
  }

  private synchronized @Nullable Runnable take() {
    return underWay.poll();
  }

  /** Keeps all commits. */
  private void settle() throws Exception {
    for (int round = 0; round < 20; round++) {
      applying.submit(this::keep).get();
      broker.settle();
    }
  }

  /** Keeps the commit under way; the broker takes one turn with that and one later. */
  private void keepOne() throws Exception {
    applying.submit(this::keep).get();
    broker.turn();
    broker.turn();
  }

  private static Command value(String topic, int bytes, @Nullable Delay delay) {
    Message message = new Message(null, Bytes.utf8("x".repeat(bytes)), null, 0, delay);
    return new Command.Publish(topic, List.of(message));
  }

  private HandDrivenBroker.Confirm submitValue() throws Exception {
    return broker.submitWithoutTurns(value("t", VALUE_BYTES, null), VALUE_BYTES);
  }

  private long delayed() {
    return broker.standing().topics().stream().mapToLong(topic -> topic.delays().messages()).sum();
  }

  private void check() throws Exception {
    settle();
    broker.pass(Duration.ofSeconds(1));
    settle();
    assertThat(largest).isGreaterThan(VALUE_BYTES).isLessThan(ENTRY_BYTES_MAX);
  }

  /** Returns the keys of the two letters. */
  private List<Bytes> letTwoMessagesDie() throws Exception {
    broker.subscriber("ann").be(FakeSubscriber.Manner.AWAY);
    deliverTwoMessagesThatDieUnlessAcknowledged();
    broker.pass(Duration.ofMillis(150));
    settle();
    Bytes first = broker.kept("dead").get(0).key();
    Bytes second = broker.ask((asked, turn) -> asked.kept("dead", first, 1)).get(0).key();
    return List.of(first, second);
  }

  private CompletableFuture<Boolean> requeueWithoutTurns(Bytes letter) {
    return broker.askWithoutTurns(
        (asked, turn) -> {
          asked.requeue("dead", letter, turn);
          return true;
        });
  }

  private static void assertUnavailable(CompletableFuture<Boolean> answer) {
    assertThat(answer)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  private void deliverTwoMessagesThatDieUnlessAcknowledged() throws Exception {
    broker.submit(value("deadly", MESSAGE_BYTES, null), value("deadly", MESSAGE_BYTES, null));
    settle();
    assertThat(broker.subscriber("bob").takePayloads()).hasSize(2);
  }

  @Test
  void aLargeValueIsNotInTheCommitOfDeadLetters() throws Exception {
    deliverTwoMessagesThatDieUnlessAcknowledged();
    HandDrivenBroker.Confirm confirm = submitValue();
    broker.skip(Duration.ofMillis(150));
    check();
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertThat(broker.standing().topics())
        .filteredOn(topic -> topic.topic().equals("dead"))
        .allMatch(topic -> topic.published() == 2);
  }

  @Test
  void aLargeValueIsNotInTheCommitOfAMessageThatComesDue() throws Exception {
    broker.submit(value("deadly", MESSAGE_BYTES, new Delay(true, 1000)));
    settle();
    HandDrivenBroker.Confirm confirm = submitValue();
    broker.setWallClock(Duration.ofSeconds(2));
    check();
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertThat(delayed()).isZero();
  }

  @Test
  void aLargeValueIsNotInTheCommitOfAHeldValueThatGotRoom() throws Exception {
    broker.publish("bound", "a", "b");
    settle();
    HandDrivenBroker.Confirm held = broker.submit(value("bound", MESSAGE_BYTES, null));
    assertThat(held.outcome()).isNull();
    HandDrivenBroker.Confirm confirm = submitValue();
    broker.ask((asked, turn) -> asked.purge("bound", turn));
    check();
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertThat(held.outcome()).isEqualTo("confirmed");
  }

  @Test
  void aLargeValueIsNotInTheCommitOfARequeuedLetter() throws Exception {
    Bytes letter = letTwoMessagesDie().get(0);
    CompletableFuture<Boolean> before = requeueWithoutTurns(letter);
    HandDrivenBroker.Confirm confirm = submitValue();
    CompletableFuture<Boolean> after = requeueWithoutTurns(letter);
    check();
    assertThat(confirm.outcome()).isEqualTo("confirmed");
    assertUnavailable(before);
    assertUnavailable(after);
    CompletableFuture<Boolean> alone = requeueWithoutTurns(letter);
    settle();
    assertThat(alone).isCompletedWithValue(true);
  }

  @Test
  void largeLettersAreNotRequeuedInOneCommit() throws Exception {
    List<CompletableFuture<Boolean>> answers = new ArrayList<>();
    letTwoMessagesDie().forEach(letter -> answers.add(requeueWithoutTurns(letter)));
    largest = 0;
    settle();
    assertThat(largest).isGreaterThan(MESSAGE_BYTES).isLessThan(2 * MESSAGE_BYTES);
    assertThat(answers.get(0)).isCompletedWithValue(true);
    assertUnavailable(answers.get(1));
  }

  @Test
  void lettersThatWaitDoNotHoldUpMessagesThatComeDue() throws Exception {
    Command message = value("deadly", 2 << 20, null);
    broker.submit(message, message, message, message, message);
    settle();
    broker.submit(value("t", 1000, new Delay(true, 1000)));
    settle();
    assertThat(delayed()).isOne();
    byHand = true;
    broker.skip(Duration.ofMillis(150));
    broker.turn(); // begins a commit with a letter
    broker.setWallClock(Duration.ofSeconds(2));
    broker.turn(); // during which another one takes the room of the next commit
    keepOne();
    assertThat(broker.nanosToNextTurn())
        .as("nanoseconds of rest while no task is taken")
        .isLessThanOrEqualTo(200_000_000);
    keepOne();
    assertThat(delayed()).isZero();
  }
}
