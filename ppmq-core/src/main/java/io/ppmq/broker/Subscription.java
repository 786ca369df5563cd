package io.ppmq.broker;

import io.ppmq.topic.Topic;

/**
 * One subscriber's part in one topic, and the deadline for acknowledging what is out in it. All
 * messages of a batch are sent at once, and only one batch is out, so those that are sent for as
 * many times share one deadline.
 */
final class Subscription {
  /** Sending again any faster than that would keep everyone busy and help nobody. */
  private static final long RETRY_MILLIS_MIN = 10;

  /** Some 70 years; a moment further ahead than the clock can count is none. */
  private static final long RETRY_MILLIS_MAX = Long.MAX_VALUE / 4_000_000;

  final Topic topic;
  final SubscriberLink link;
  private long pushedNanos;
  private boolean armed;
  private boolean left;

  /** Whether nothing is to be chosen for it for now. */
  boolean paused;

  private boolean timerSet;
  private long timerNanos;

  Subscription(Topic topic, SubscriberLink link) {
    this.topic = topic;
    this.link = link;
  }

  boolean isReady() {
    return !paused && !left && topic.isReady(link.name());
  }

  /** Whether a full batch can be chosen before what was done in this turn is committed. */
  boolean isReadyAhead(int messagesMax) {
    return !paused && !left && topic.isReadyAhead(link.name(), messagesMax);
  }

  /** A batch was pushed whole at this moment. */
  void pushed(long nowNanos, Timers timers) {
    topic.pushed(link.name());
    link.mayHaveDied(topic, Undertaker.RECONNECTED);
    pushedNanos = nowNanos;
    arm(timers);
  }

  /** The topic goes by other settings: its deadline for what is out may be another. */
  void apply(Timers timers) {
    if (topic.awaitsAcknowledgement(link.name())) {
      arm(timers);
    }
  }

  /** The subscriber is not the topic's any longer, or is reached in another way. */
  void leave() {
    left = true;
    armed = false;
  }

  private void arm(Timers timers) {
    armed = topic.settings().ackRetryMillis() > 0;
    if (armed) {
      setTimer(deadlineNanos(Math.max(1, topic.fewestAttempts(link.name()))), timers);
    }
  }

  /** When a message that was sent for so many times is due. */
  private long deadlineNanos(int attempt) {
    long retryMillis = topic.settings().ackRetryMillis(attempt);
    return pushedNanos
        + Math.min(Math.max(retryMillis, RETRY_MILLIS_MIN), RETRY_MILLIS_MAX) * 1_000_000;
  }

  private void setTimer(long atNanos, Timers timers) {
    if (!timerSet || atNanos - timerNanos < 0) {
      timerSet = true;
      timerNanos = atNanos;
      timers.at(atNanos, () -> timeUp(atNanos, timers));
    }
  }

  /** A timer went off, perhaps for a batch that is acknowledged by now. */
  private void timeUp(long atNanos, Timers timers) {
    timerSet &= atNanos != timerNanos;
    int attempts = armed ? topic.fewestAttempts(link.name()) : 0;
    while (attempts > 0 && link.nowNanos() - deadlineNanos(attempts) >= 0) {
      topic.redeliver(link.name(), attempts);
      long millis = topic.settings().ackRetryMillis(attempts);
      link.mayHaveDied(topic, "within " + inWords(millis));
      link.ready(this);
      attempts = topic.fewestAttempts(link.name());
    }
    if (attempts > 0) {
      setTimer(deadlineNanos(attempts), timers);
    }
  }

  private static String inWords(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  /** What is out is to be sent again, and what is being pushed once it is. */
  void redeliver(String why) {
    armed = false;
    topic.redeliver(link.name());
    link.mayHaveDied(topic, why);
    link.ready(this);
  }
}
