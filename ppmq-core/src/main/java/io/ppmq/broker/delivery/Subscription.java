package io.ppmq.broker.delivery;

import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.message.Bytes;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.Nack;
import io.ppmq.topic.SubscriberHandle;
import io.ppmq.topic.Topic;
import io.ppmq.topic.Worker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's part in one topic, and when the first of its nacked messages comes due. Owned by
 * the writer's thread.
 */
public final class Subscription implements WorkerBatch.Owner {
  /** Stands for a worker to which nothing of the topic was sent yet. */
  private static final Worker IDLE = new Worker();

  /** The link that sends the messages of the topic. */
  interface Owner {
    /** This subscription may have something to send. */
    void ready(Subscription subscription);

    /** Something has changed: check whether this subscription has something to send. */
    void look(Subscription subscription);
  }

  final Topic topic;
  final String subscriber;
  private final SubscriberHandle handle;
  private final Owner owner;
  private final Agenda agenda;
  private final Timers timers;
  private boolean left;
  private boolean timerSet;
  private long timerNanos;

  /** Whether nothing is chosen for it at present. */
  boolean paused;

  Subscription(Topic topic, String subscriber, Owner owner, Agenda agenda, Timers timers) {
    this.topic = topic;
    this.subscriber = subscriber;
    this.handle = topic.subscriber(subscriber);
    this.owner = owner;
    this.agenda = agenda;
    this.timers = timers;
    if (handle.nacked() > 0) {
      timers.soon(this::lookDue);
    }
  }

  /** The topic's name. */
  String topicName() {
    return topic.settings().name();
  }

  /** The empty state of a worker that was sent nothing yet. */
  WorkerBatch nothingInFlight() {
    return new WorkerBatch(topic, handle, this, agenda, timers);
  }

  /** Whether it belongs to this owner. */
  boolean isOf(Owner asked) {
    return owner == asked;
  }

  /** Whether a batch can be chosen for a worker; null for one that was sent nothing yet. */
  boolean isReady(@Nullable WorkerBatch with) {
    return !paused && !left && handle.isReady(worker(with));
  }

  /** Whether a full batch of messages that earlier turns committed is ready. */
  boolean isReadyAhead(@Nullable WorkerBatch with, int messagesMax) {
    return handle.isReadyAhead(worker(with), messagesMax);
  }

  /** Whether choosing is useless until a message that is out has ended. */
  boolean isHeldUp() {
    return handle.isHeldUp();
  }

  /** Whether choosing is useless until more is committed. */
  boolean isHeldBack() {
    return handle.isHeldBack();
  }

  /** Prepares the next batch while the last one is out; null when none is prepared. */
  @Nullable Batch prepare(BatchLimits limits) {
    return handle.prepare(limits);
  }

  /** The subscriber is done with these messages, whichever worker they are out with. */
  public void acknowledge(List<Bytes> keys, Turn turn) {
    handle.acknowledge(keys, null, turn.nowMillis());
    agenda.ended(topic);
  }

  /**
   * A worker reports that the subscriber is done with these messages.
   *
   * @param by its messages in flight; null when it was sent nothing yet
   */
  public void acknowledgeBy(@Nullable WorkerBatch by, List<Bytes> keys, Turn turn) {
    handle.acknowledge(keys, worker(by), turn.nowMillis());
    agenda.ended(topic);
  }

  /** The worker that has messages in flight, or none. */
  public static Worker worker(@Nullable WorkerBatch with) {
    return with == null ? IDLE : with.worker;
  }

  /**
   * The subscriber could not handle these messages.
   *
   * @param by the worker that reports it; null if it is not known which
   */
  public void nack(List<Bytes> keys, Nack nack, @Nullable Worker by, Turn turn) {
    handle.nack(keys, nack, by, turn.nowNanos(), turn.nowMillis());
    agenda.save(topic);
    agenda.redelivers(topic, subscriber, Agenda.Spent.NACKED);
    setTimer();
  }

  /**
   * Restarts the acknowledgement time of these messages; returns the keys that are not out.
   *
   * @param by the worker that reports it; null if it is not known which
   */
  public List<Bytes> extend(List<Bytes> keys, @Nullable Worker by, Turn turn) {
    return handle.extend(keys, turn.nowNanos(), by);
  }

  // ---- nacked messages that come due ----------------------------------------------------------

  private void setTimer() {
    if (handle.hasNacked() && (!timerSet || handle.nextDueNanos() - timerNanos < 0)) {
      long atNanos = handle.nextDueNanos();
      timerSet = true;
      timerNanos = atNanos;
      timers.at(
          atNanos,
          turn -> {
            timerSet &= atNanos != timerNanos;
            lookDue(turn);
          });
    }
  }

  private void lookDue(Turn turn) {
    if (left) {
      return;
    }
    if (handle.takeDue(turn.nowNanos(), turn.nowMillis())) {
      owner.ready(this);
    }
    agenda.save(topic);
    setTimer();
  }

  // ---- what changes ---------------------------------------------------------------------------

  /** Something has changed: there may be something to send. */
  void look() {
    if (!paused && !left) {
      owner.look(this);
    }
  }

  @Override
  public void redelivers(String why) {
    agenda.redelivers(topic, subscriber, why);
    setTimer(); // messages nacked while they were pushed wait since then
    owner.look(this); // a free worker waits behind earlier ones
  }

  /** The topic no longer has this subscriber. */
  void leave() {
    left = true;
  }
}
