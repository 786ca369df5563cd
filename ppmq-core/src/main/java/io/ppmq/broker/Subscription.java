package io.ppmq.broker;

import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.SubscriberHandle;
import io.ppmq.topic.Topic;
import io.ppmq.topic.Worker;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's part in one topic, and the deadline for acknowledging what is out in it. All
 * messages of a batch are sent at once, so those that were sent equally often share one deadline.
 * Owned by the writer's thread.
 */
final class Subscription {
  /** Sending again any faster than that would keep everyone busy and help nobody. */
  private static final long RETRY_MILLIS_MIN = 10;

  /** Some 70 years; a moment further ahead than the clock can count is none. */
  private static final long RETRY_MILLIS_MAX = Long.MAX_VALUE / 4_000_000;

  /** Who is told that a topic has something to send. */
  interface Owner {
    /** This subscription may have something to send. */
    void ready(Subscription subscription);
  }

  final Topic topic;
  final String subscriber;
  private final SubscriberHandle handle;
  private final Worker worker = new Worker();
  private final Owner owner;
  private final Agenda agenda;
  private final Timers timers;
  private long pushedNanos;
  private boolean armed;
  private boolean left;

  /** Whether nothing is to be chosen for it for now. */
  boolean paused;

  private boolean timerSet;
  private long timerNanos;

  Subscription(Topic topic, String subscriber, Owner owner, Agenda agenda, Timers timers) {
    this.topic = topic;
    this.subscriber = subscriber;
    this.handle = topic.subscriber(subscriber);
    this.owner = owner;
    this.agenda = agenda;
    this.timers = timers;
  }

  /** The topic's name. */
  String topicName() {
    return topic.settings().name();
  }

  /** Whether it is this owner's. */
  boolean isOf(Owner asked) {
    return owner == asked;
  }

  boolean isReady() {
    return !paused && !left && handle.isReady(worker);
  }

  /** Tells the owner where there may be something to send. */
  void look() {
    if (isReady()) {
      owner.ready(this);
    }
  }

  /** Whether a full batch can be chosen before what was done in this turn is committed. */
  boolean isReadyAhead(int messagesMax) {
    return !paused && !left && handle.isReadyAhead(worker, messagesMax);
  }

  /** Whether a batch is out that was pushed whole and is not all acknowledged. */
  boolean awaitsAcknowledgement() {
    return handle.awaitsAcknowledgement(worker);
  }

  /** Chooses the next batch; null when there is none. */
  @Nullable Batch choose(BatchLimits limits, Turn turn) {
    return chosen(handle.choose(worker, limits, turn.nowMillis()));
  }

  /** Chooses a batch before what was done in this turn is committed; null when there is none. */
  @Nullable Batch chooseAhead(BatchLimits limits, Turn turn) {
    return chosen(handle.chooseAhead(worker, limits, turn.nowMillis()));
  }

  private @Nullable Batch chosen(@Nullable Batch batch) {
    agenda.save(topic);
    return batch;
  }

  /** Prepares the next batch while the last one is out; null when none is prepared. */
  @Nullable Batch prepare(BatchLimits limits) {
    return handle.prepare(limits);
  }

  /** A batch was pushed whole. */
  void pushed(Turn turn) {
    handle.pushed(worker);
    agenda.redelivers(topic, subscriber, Agenda.Spent.RECONNECTED);
    agenda.pushed(topic);
    pushedNanos = turn.nowNanos();
    arm();
  }

  /** The batch was not pushed whole. */
  void failed() {
    handle.failed(worker);
    agenda.save(topic);
  }

  /** The topic has other settings: its deadline for what is out may be another. */
  void settingsChanged() {
    if (awaitsAcknowledgement()) {
      arm();
    }
  }

  /** The subscriber has moved: what was sent to the old place and is not acknowledged waits. */
  void takeBack() {
    handle.takeBack(worker);
  }

  /** The subscriber is not the topic's any longer, or is reached in another way. */
  void leave() {
    left = true;
    armed = false;
  }

  // ---- the deadline ---------------------------------------------------------------------------

  private void arm() {
    armed = topic.settings().ackRetryMillis() > 0;
    if (armed) {
      setTimer(deadlineNanos(Math.max(1, handle.fewestAttempts(worker))));
    }
  }

  /** When a message that was sent this often is due. */
  private long deadlineNanos(int attempt) {
    long retryMillis = topic.settings().ackRetryMillis(attempt);
    return pushedNanos
        + Math.min(Math.max(retryMillis, RETRY_MILLIS_MIN), RETRY_MILLIS_MAX) * 1_000_000;
  }

  private void setTimer(long atNanos) {
    if (!timerSet || atNanos - timerNanos < 0) {
      timerSet = true;
      timerNanos = atNanos;
      timers.at(atNanos, turn -> timeUp(atNanos, turn));
    }
  }

  /** A timer went off, perhaps for a batch that is acknowledged by now. */
  private void timeUp(long atNanos, Turn turn) {
    timerSet &= atNanos != timerNanos;
    int attempts = armed ? handle.fewestAttempts(worker) : 0;
    while (attempts > 0 && turn.nowNanos() - deadlineNanos(attempts) >= 0) {
      handle.redeliver(worker, attempts);
      long millis = topic.settings().ackRetryMillis(attempts);
      agenda.redelivers(topic, subscriber, "within " + inWords(millis));
      owner.ready(this);
      attempts = handle.fewestAttempts(worker);
    }
    if (attempts > 0) {
      setTimer(deadlineNanos(attempts));
    }
  }

  private static String inWords(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  /** What is out is to be sent again, and what is being pushed once it is. */
  void redeliver(String why) {
    armed = false;
    handle.redeliver(worker);
    agenda.redelivers(topic, subscriber, why);
    owner.ready(this);
  }
}
