package io.ppmq.broker;

import io.ppmq.topic.Topic;

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
    return !paused && !left && topic.isReady(subscriber);
  }

  /** Tells the owner where there may be something to send. */
  void look() {
    if (isReady()) {
      owner.ready(this);
    }
  }

  /** Whether a full batch can be chosen before what was done in this turn is committed. */
  boolean isReadyAhead(int messagesMax) {
    return !paused && !left && topic.isReadyAhead(subscriber, messagesMax);
  }

  /** Whether a batch is out that was pushed whole and is not all acknowledged. */
  boolean awaitsAcknowledgement() {
    return topic.awaitsAcknowledgement(subscriber);
  }

  /** A batch was pushed whole. */
  void pushed(Turn turn) {
    topic.pushed(subscriber);
    agenda.redelivers(topic, subscriber, Agenda.Spent.RECONNECTED);
    agenda.pushed(topic);
    pushedNanos = turn.nowNanos();
    arm();
  }

  /** The batch was not pushed whole. */
  void failed() {
    topic.failed(subscriber);
    agenda.save(topic);
  }

  /** The topic has other settings: its deadline for what is out may be another. */
  void settingsChanged() {
    if (awaitsAcknowledgement()) {
      arm();
    }
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
      setTimer(deadlineNanos(Math.max(1, topic.fewestAttempts(subscriber))));
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
    int attempts = armed ? topic.fewestAttempts(subscriber) : 0;
    while (attempts > 0 && turn.nowNanos() - deadlineNanos(attempts) >= 0) {
      topic.redeliver(subscriber, attempts);
      long millis = topic.settings().ackRetryMillis(attempts);
      agenda.redelivers(topic, subscriber, "within " + inWords(millis));
      owner.ready(this);
      attempts = topic.fewestAttempts(subscriber);
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
    topic.redeliver(subscriber);
    agenda.redelivers(topic, subscriber, why);
    owner.ready(this);
  }
}
