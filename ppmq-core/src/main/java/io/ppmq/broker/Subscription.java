package io.ppmq.broker;

import io.ppmq.message.Bytes;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.SubscriberHandle;
import io.ppmq.topic.Topic;
import io.ppmq.topic.Worker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One subscriber's part in one topic. Owned by the writer's thread. */
final class Subscription implements WorkerBatch.Owner {
  /** Stands for a worker that was sent nothing of the topic yet. */
  private static final Worker IDLE = new Worker();

  /** Whoever sends what is in the topic. */
  interface Owner {
    /** This subscription has something to send, or may have. */
    void ready(Subscription subscription);

    /** Something has changed: look whether this subscription has something to send. */
    void look(Subscription subscription);
  }

  final Topic topic;
  final String subscriber;
  private final SubscriberHandle handle;
  private final Owner owner;
  private final Agenda agenda;
  private final Timers timers;
  private boolean left;

  /** Whether nothing is to be chosen for it for now. */
  boolean paused;

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

  /** What is in flight with a worker that was sent nothing yet. */
  WorkerBatch nothingInFlight() {
    return new WorkerBatch(topic, handle, this, agenda, timers);
  }

  /** Whether it is this owner's. */
  boolean isOf(Owner asked) {
    return owner == asked;
  }

  /** Whether a batch can be chosen for a worker; null for one that was sent nothing yet. */
  boolean isReady(@Nullable WorkerBatch with) {
    return !paused && !left && handle.isReady(with == null ? IDLE : with.worker);
  }

  /** Whether a full batch can be chosen before what was done in this turn is committed. */
  boolean isReadyAhead(@Nullable WorkerBatch with, int messagesMax) {
    return !paused && !left && handle.isReadyAhead(with == null ? IDLE : with.worker, messagesMax);
  }

  /** Prepares the next batch while the last one is out; null when none is prepared. */
  @Nullable Batch prepare(BatchLimits limits) {
    return handle.prepare(limits);
  }

  /** The subscriber is done with these messages, whichever worker they are out with. */
  void acknowledge(List<Bytes> keys) {
    handle.acknowledge(keys, null);
    agenda.ended(topic);
  }

  /**
   * A worker says that the subscriber is done with these messages.
   *
   * @param by what is in flight with it; null when it was sent nothing yet
   */
  void acknowledgeBy(@Nullable WorkerBatch by, List<Bytes> keys) {
    handle.acknowledge(keys, by == null ? IDLE : by.worker);
    agenda.ended(topic);
  }

  /** Something has changed: there may be something to send. */
  void look() {
    if (!paused && !left) {
      owner.look(this);
    }
  }

  @Override
  public void redelivers(String why) {
    agenda.redelivers(topic, subscriber, why);
    owner.ready(this);
  }

  /** The subscriber is not the topic's any longer. */
  void leave() {
    left = true;
  }
}
