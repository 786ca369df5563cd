package io.ppmq.broker.delivery;

import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.SubscriberHandle;
import io.ppmq.topic.Topic;
import io.ppmq.topic.Worker;
import org.jspecify.annotations.Nullable;

/**
 * The messages in flight with one worker of a subscriber in one topic: at most one batch, and its
 * deadline for acknowledgements, which is that of the message that is due first. Owned by the
 * writer's thread.
 */
final class WorkerBatch {
  /** The subscriber's part in the topic, which is told of messages to be sent again. */
  interface Owner {
    /** A message that was in flight is to be sent again, for this reason. */
    void redelivers(String why);
  }

  final Worker worker = new Worker();
  private final Topic topic;
  private final SubscriberHandle handle;
  private final Owner owner;
  private final Agenda agenda;
  private final Timers timers;
  private boolean armed;
  private boolean busy;
  private Timers.@Nullable Due timer;
  private long timerNanos;

  WorkerBatch(Topic topic, SubscriberHandle handle, Owner owner, Agenda agenda, Timers timers) {
    this.topic = topic;
    this.handle = handle;
    this.owner = owner;
    this.agenda = agenda;
    this.timers = timers;
  }

  // ---- what is in flight ----------------------------------------------------------------------

  /** Chooses the next batch; null when there is none. */
  @Nullable Batch choose(BatchLimits limits, boolean ahead, Turn turn) {
    Batch batch =
        ahead
            ? handle.chooseAhead(worker, limits, turn.nowMillis())
            : handle.choose(worker, limits, turn.nowMillis());
    busy |= batch != null;
    agenda.save(topic);
    return batch;
  }

  /** Whether a batch is out that was pushed whole and is not all acknowledged. */
  boolean awaitsAcknowledgement() {
    return handle.awaitsAcknowledgement(worker);
  }

  /** Whether none of the messages that were in flight at the last call still is. */
  boolean hasBecomeFree() {
    boolean free = busy && !worker.isBusy();
    busy &= !free;
    return free;
  }

  // ---- what becomes of it ---------------------------------------------------------------------

  /** The batch was pushed whole. */
  void pushed(Turn turn) {
    handle.pushed(worker, turn.nowNanos(), turn.nowMillis());
    owner.redelivers(Agenda.Spent.RECONNECTED); // where that was asked for meanwhile
    agenda.pushed(topic);
    arm();
  }

  /** The batch was not pushed whole. */
  void failed() {
    handle.failed(worker);
    agenda.save(topic);
  }

  /** Messages that are out are to be sent again, and those that are being pushed after the push. */
  void redeliver(String why) {
    armed = false;
    handle.redeliver(worker);
    owner.redelivers(why);
  }

  /** The worker is gone: messages that are out with it wait, pushed whole or not. */
  void takeBack() {
    forget();
    handle.takeBack(worker);
    agenda.changed(topic);
  }

  /** Nothing comes due any more: the topic no longer has this subscriber. */
  void leave() {
    forget();
  }

  /** Cancels the deadline and its timer. */
  private void forget() {
    armed = false;
    if (timer != null) {
      timers.forget(timerNanos, timer);
      timer = null;
    }
  }

  // ---- the deadline ---------------------------------------------------------------------------

  /** The settings of the topic have changed: so may the deadline of the messages that are out. */
  void settingsChanged() {
    if (awaitsAcknowledgement()) {
      arm();
    }
  }

  private void arm() {
    armed = topic.settings().ackRetryMillis() > 0;
    setTimer();
  }

  private void setTimer() {
    if (armed && awaitsAcknowledgement()) {
      setTimer(handle.deadlineNanos(worker));
    }
  }

  private void setTimer(long atNanos) {
    if (timer != null && atNanos - timerNanos >= 0) {
      return;
    }
    if (timer != null) {
      timers.forget(timerNanos, timer);
    }
    Timers.Due due = this::timeUp;
    timer = due;
    timerNanos = atNanos;
    timers.at(atNanos, due);
  }

  /** A timer went off, perhaps for a batch that is acknowledged by now. */
  private void timeUp(Turn turn) {
    timer = null;
    int attempts = armed ? handle.redeliverDue(worker, turn.nowNanos()) : 0;
    while (attempts > 0) {
      owner.redelivers("within " + inWords(topic.settings().ackRetryMillis(attempts)));
      attempts = handle.redeliverDue(worker, turn.nowNanos());
    }
    setTimer();
  }

  private static String inWords(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }
}
