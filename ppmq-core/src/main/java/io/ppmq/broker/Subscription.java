package io.ppmq.broker;

import io.ppmq.topic.Topic;

/**
 * One subscriber's part in one topic, and the deadline for acknowledging what is out in it. All
 * messages of a batch are sent at once, and only one batch is out, so they share one deadline.
 */
final class Subscription {
  /** Sending again any faster than that would keep everyone busy and help nobody. */
  private static final long RETRY_MILLIS_MIN = 10;

  /** Some 70 years; a moment further ahead than the clock can count is none. */
  private static final long RETRY_MILLIS_MAX = Long.MAX_VALUE / 4_000_000;

  final Topic topic;
  final SubscriberLink link;
  private long deadlineNanos;
  private boolean armed;
  private boolean timerSet;

  Subscription(Topic topic, SubscriberLink link) {
    this.topic = topic;
    this.link = link;
  }

  boolean isReady() {
    return topic.isReady(link.name());
  }

  /** A batch was pushed whole at this moment. */
  void pushed(long nowNanos, Timers timers) {
    topic.pushed(link.name());
    long retryMillis = topic.settings().ackRetryMillis();
    armed = retryMillis > 0;
    if (armed) {
      long millis = Math.min(Math.max(retryMillis, RETRY_MILLIS_MIN), RETRY_MILLIS_MAX);
      deadlineNanos = nowNanos + millis * 1_000_000;
      setTimer(timers);
    }
  }

  private void setTimer(Timers timers) {
    if (!timerSet) {
      timerSet = true;
      timers.at(deadlineNanos, () -> timeUp(timers));
    }
  }

  /** The timer went off, perhaps for a batch that is acknowledged by now. */
  private void timeUp(Timers timers) {
    timerSet = false;
    if (armed && link.nowNanos() - deadlineNanos < 0) {
      setTimer(timers);
    } else if (armed && topic.awaitsAcknowledgement(link.name())) {
      redeliver();
    }
  }

  /** What is out is to be sent again, and what is being pushed once it is. */
  void redeliver() {
    armed = false;
    topic.redeliver(link.name());
    link.ready(this);
  }
}
