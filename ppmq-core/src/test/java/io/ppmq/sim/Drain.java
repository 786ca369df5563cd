package io.ppmq.sim;

import io.ppmq.topic.TopicStats;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * The end of a life: everything works from now on, and in the end no message is still to be
 * delivered. The present broker delivers everything if it can; otherwise a new one does.
 */
final class Drain {
  private static final long MILLIS = 1_000_000L;

  /** Longer than the default pause of a message that was nacked often: 5 minutes. */
  private static final long DRAIN_NANOS = 360_000 * MILLIS;

  private static final long DELAY_MILLIS = 15_000;
  private static final long JUMP_MILLIS = 3 * 3_600_000;
  private static final long AWAY_NANOS = 200 * MILLIS;
  private static final long SETTLE_NANOS = 3_000 * MILLIS;

  /** A message that gets room may be delayed, and keep the room from others until it is due. */
  private static final long ANSWER_NANOS = 600_000 * MILLIS;

  private final Life life;
  private final Random random;
  private boolean away = true;

  Drain(Life life, Random random) {
    this.life = life;
    this.random = random;
  }

  void run() {
    life.faults().heal();
    life.disk().heal();
    life.mishaps().end();
    life.plan().complete();
    keepMomentsNear();
    if (!life.plan().redelivers() || random.nextBoolean()) {
      life.brokers().stop();
      life.brokers().start();
    }
    if (random.nextBoolean()) {
      life.subscribers().values().forEach(SimSubscriber::beAway);
    }
    life.agenda().in(AWAY_NANOS, this::comeBack);
    Expectations expectations = life.expectations();
    new Resumption(life.agenda(), expectations::paused, p -> life.requests().pause(p, false))
        .begin();
    reloadUntilItHolds();
    stepUntil(
        DRAIN_NANOS,
        () ->
            life.isRunning()
                && !away
                && isByPlan()
                && expectations.audit.isDone()
                && !isAnyToCome());
    expectations.audit.checkDone();
    stepUntil(SETTLE_NANOS, () -> false);
    checkAnswers();
    stepUntil(DRAIN_NANOS, () -> life.isRunning() && holding().isEmpty());
    holding().forEach(Drain::keepsTooMuch);
    life.brokers().stop();
  }

  private boolean isAnyToCome() {
    return life.expectations().delays.comesWithin(Integer.MAX_VALUE);
  }

  /**
   * A message due long after this life may hold the room that another waits for; and a message that
   * is stored once there is room may be delayed itself.
   */
  private void keepMomentsNear() {
    if (life.expectations().delays.comesAfter(DELAY_MILLIS)) {
      life.expectations().ledger.noteExpired();
      life.clock().jump(JUMP_MILLIS);
    }
    life.agenda().in(AWAY_NANOS, this::keepMomentsNear);
  }

  private void comeBack() {
    away = false;
    life.subscribers().values().forEach(SimSubscriber::behave);
  }

  /** A reload is refused during an outage, and lost when the broker dies first. */
  private void reloadUntilItHolds() {
    if (!isByPlan()) {
      life.requests().reload();
    }
    life.agenda().in(AWAY_NANOS, this::reloadUntilItHolds);
  }

  private boolean isByPlan() {
    Ledger ledger = life.expectations().ledger;
    return ledger.settings().equals(life.plan().topics())
        && ledger.closed().equals(life.plan().closed());
  }

  private void stepUntil(long nanos, BooleanSupplier done) {
    long end = life.clock().elapsedNanos() + nanos;
    while (life.clock().elapsedNanos() < end && !done.getAsBoolean()) {
      life.step();
    }
  }

  private void checkAnswers() {
    List<Submitted> waiting = life.requests().waiting();
    if (!waiting.isEmpty()) {
      purgeDeadLetters();
    }
    stepUntil(ANSWER_NANOS, () -> waiting.stream().noneMatch(Submitted::isWaiting));
    if (waiting.stream().anyMatch(Submitted::isWaiting)) {
      throw new Violation(Invariant.ANSWERED_ONCE, "a request never got an answer");
    }
  }

  /** Dead letters without a subscriber keep the room for which messages wait. */
  private void purgeDeadLetters() {
    Ledger ledger = life.expectations().ledger;
    for (String topic : ledger.settings().keySet()) {
      if (!ledger.deadLetters(topic).live().isEmpty()) {
        life.requests().purge(topic);
      }
    }
    life.agenda().in(AWAY_NANOS, this::purgeDeadLetters);
  }

  /** The topics whose messages are finished for every subscriber, and which still hold some. */
  private List<TopicStats> holding() {
    SimStore store = life.store();
    return store == null || !life.isRunning()
        ? List.of()
        : life.broker().stats().topics().stream().filter(t -> holds(t, store)).toList();
  }

  private boolean holds(TopicStats topic, SimStore store) {
    boolean empty = topic.queues().stream().allMatch(q -> q.backlog() == 0 && q.inFlight() == 0);
    boolean keeps = !store.topic(topic.topic()).priorities().isEmpty();
    return life.expectations().audit.isEmpty(topic.topic()) && (!empty || keeps);
  }

  private static void keepsTooMuch(TopicStats topic) {
    throw new Violation(
        Invariant.SPACE_GIVEN_BACK,
        "every subscriber has finished "
            + topic.topic()
            + ", but it still stores messages: "
            + topic);
  }
}
