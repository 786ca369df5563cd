package io.ppmq.broker.delivery;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Turn;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The broker's side of one worker of a subscriber: a place at the subscriber's socket, or a
 * connection that subscribed.
 *
 * <pre>
 *   closed ──open()──▶ opening ──opened──▶ open ⇄ pushing
 *     ▲                   │ failed          │ failed, closed
 *     └───────────────────┴─────────────────┘
 * </pre>
 *
 * It knows the messages in flight with this worker in each topic. It reports the state of the
 * connection to its {@link Owner}, which decides on the next batch. Owned by the writer's thread.
 */
public final class WorkerLink implements PushRoom.Holder {
  private enum State {
    CLOSED,
    OPENING,
    OPEN,
    PUSHING
  }

  /** The subscriber's side. */
  interface Owner {
    /** The connection is there. */
    void opened(WorkerLink link);

    /** A batch was pushed whole. */
    void pushed(WorkerLink link, @Nullable Subscription of);

    /**
     * There is no connection, or it broke before a batch was pushed whole.
     *
     * @param undone the batch that was being pushed; null when none was
     * @param connected whether there was a connection, over which a batch was being pushed
     */
    void failed(
        WorkerLink link,
        String reason,
        @Nullable Subscription undone,
        boolean connected,
        Turn turn);

    /** The worker closed the connection, without reading to its end if {@code unread}. */
    void closed(WorkerLink link, boolean unread, Turn turn);

    /** It is worth trying to connect at once. */
    void appeared();
  }

  private final Owner owner;
  private final PushRoom.Share room;
  private final TopicFilter topics;
  private @Nullable Sender sender;
  private final Map<Subscription, WorkerBatch> inFlight = new LinkedHashMap<>(2);
  private final Set<Subscription> pushedHere = new LinkedHashSet<>();
  private State state;
  private @Nullable Subscription pushing;
  private long unwrittenBytes;
  private int messagesMax = Integer.MAX_VALUE;
  private boolean retired;
  private boolean gone;

  private WorkerLink(Owner owner, PushRoom.Share room, TopicFilter topics, State state) {
    this.owner = owner;
    this.room = room;
    this.topics = topics;
    this.state = state;
  }

  /** A place at a subscriber's socket, which is not connected. */
  static WorkerLink atSocket(Owner owner, PushRoom.Share room) {
    return new WorkerLink(owner, room, TopicFilter.all(), State.CLOSED);
  }

  /** A connection that subscribes to no topic yet. */
  static WorkerLink subscribed(Owner owner, PushRoom.Share room) {
    return new WorkerLink(owner, room, TopicFilter.none(), State.OPEN);
  }

  /** Sends through this sender, which reports here; to be called once, before anything else. */
  void sendThrough(Sender made) {
    sender = made;
  }

  private Sender sender() {
    if (sender == null) {
      throw new IllegalStateException("a link without a sender");
    }
    return sender;
  }

  // ---- what it takes --------------------------------------------------------------------------

  /** The topics whose messages it gets. */
  TopicFilter topics() {
    return topics;
  }

  /** Limits the number of messages in a batch. */
  void limitMessages(int max) {
    messagesMax = max;
  }

  /** The limits of a batch for this worker. */
  BatchLimits limits(BatchLimits ofSubscriber) {
    return ofSubscriber.messagesMax() <= messagesMax
        ? ofSubscriber
        : new BatchLimits(messagesMax, ofSubscriber.payloadBytesMax());
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  boolean isOpening() {
    return state == State.OPENING;
  }

  /** Whether it is connected, and has taken everything that was pushed. */
  boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether a batch can be chosen for it, connected or not. */
  boolean isFree(Subscription subscription) {
    return !retired
        && topics.takes(subscription.topicName())
        && subscription.isReady(inFlight.get(subscription));
  }

  /** Whether the next batch for it is a full one of messages that earlier turns committed. */
  boolean isFreeAhead(Subscription subscription, BatchLimits ofSubscriber) {
    return subscription.isReadyAhead(
        inFlight.get(subscription), limits(ofSubscriber).messagesMax());
  }

  /** Whether something is being pushed to it, or is out with it. */
  boolean isBusy() {
    return pushing != null || inFlight.values().stream().anyMatch(its -> its.worker.isBusy());
  }

  /** Stops sending to it, or resumes. */
  void retire(boolean now) {
    retired = now;
  }

  /** Whether none of the messages that were in flight or unwritten at the last call still is. */
  boolean hasBecomeFree(Subscription subscription) {
    WorkerBatch its = inFlight.get(subscription);
    return its != null && pushing != subscription && its.hasBecomeFree();
  }

  /** Notes in which topics it is free by now. */
  void noteFree() {
    inFlight.keySet().forEach(this::hasBecomeFree);
  }

  /** The messages in flight with it in a topic; null when it never got any of the topic. */
  public @Nullable WorkerBatch inFlight(Subscription subscription) {
    return inFlight.get(subscription);
  }

  // ---- sending --------------------------------------------------------------------------------

  /** Connects. */
  void open() {
    state = State.OPENING;
    sender().open();
  }

  /** Chooses a batch for it; null when there is none, or no room for it. */
  @Nullable Batch choose(
      Subscription subscription, BatchLimits ofSubscriber, boolean ahead, Turn turn) {
    WorkerBatch its = inFlight.computeIfAbsent(subscription, Subscription::nothingInFlight);
    return its.choose(limits(ofSubscriber), ahead, turn);
  }

  /** The chosen batch is not pushed. */
  void putBack(Subscription subscription) {
    WorkerBatch its = inFlight.get(subscription);
    if (its != null) {
      its.failed();
    }
  }

  /** Pushes a batch that was chosen for it. */
  void push(Subscription subscription, Batch batch, Turn turn) {
    state = State.PUSHING;
    pushing = subscription;
    if (sender().push(batch)) {
      pushed(turn);
    } else {
      unwrittenBytes = PushRoom.bytesOf(batch);
      room.took(unwrittenBytes, this, turn);
    }
  }

  @Override
  public void endIfStuck() {
    if (sender().endIfStuck()) {
      room.stuck();
    }
  }

  /** May prepare to push this batch. */
  void prepare(Batch batch) {
    sender().prepare(batch);
  }

  // ---- what the sender reports ----------------------------------------------------------------

  void opened() {
    state = State.OPEN;
    pushedHere.clear();
    owner.opened(this);
  }

  void pushed(Turn turn) {
    state = State.OPEN;
    room.taken();
    Subscription done = endPush();
    if (done != null) {
      pushedHere.add(done);
      WorkerBatch its = inFlight.get(done);
      if (its != null) {
        its.pushed(turn);
      }
    }
    owner.pushed(this, done);
  }

  void failed(String reason, Turn turn) {
    boolean connected = state == State.PUSHING;
    state = State.CLOSED;
    Subscription undone = endPush();
    if (undone != null) {
      putBack(undone);
    }
    owner.failed(this, reason, undone, connected, turn);
  }

  private @Nullable Subscription endPush() {
    Subscription ended = pushing;
    pushing = null;
    if (unwrittenBytes > 0) {
      room.gave(unwrittenBytes, this);
      unwrittenBytes = 0;
    }
    return ended;
  }

  void closed(boolean unread, Turn turn) {
    if (state == State.OPEN) {
      state = State.CLOSED;
    }
    owner.closed(this, unread, turn);
  }

  void appeared() {
    owner.appeared();
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** Whether anything was pushed over the present or last connection. */
  boolean hasPushed() {
    return !pushedHere.isEmpty();
  }

  /**
   * Messages that were pushed over the connection and are not acknowledged are to be sent again.
   */
  boolean redeliverPushedHere() {
    return redeliverWhereOut(pushedHere);
  }

  /** Messages that are out with this worker are to be sent again. */
  boolean redeliverAll() {
    return redeliverWhereOut(inFlight.keySet());
  }

  /** Whether any was out. */
  private boolean redeliverWhereOut(Iterable<Subscription> asked) {
    boolean any = false;
    for (Subscription subscription : asked) {
      WorkerBatch its = inFlight.get(subscription);
      if (its != null && its.awaitsAcknowledgement()) {
        its.redeliver(Agenda.Spent.CLOSED);
        any = true;
      }
    }
    return any;
  }

  /** The connection counts as one over which nothing was pushed. */
  void forgetPushed() {
    pushedHere.clear();
  }

  /** The worker will not come back: messages that are out with it wait, and go to others. */
  void takeBackAll() {
    for (Map.Entry<Subscription, WorkerBatch> entry : List.copyOf(inFlight.entrySet())) {
      entry.getValue().takeBack();
      entry.getKey().redelivers(Agenda.Spent.CLOSED);
    }
    inFlight.clear();
  }

  /** No longer takes part in a topic; the topic has taken back the messages that were out. */
  void leave(Subscription subscription) {
    WorkerBatch its = inFlight.remove(subscription);
    if (its != null) {
      its.leave();
    }
    pushedHere.remove(subscription);
    if (pushing == subscription) {
      pushing = null;
    }
  }

  /** The settings of topics have changed. */
  void settingsChanged(Subscription subscription) {
    WorkerBatch its = inFlight.get(subscription);
    if (its != null) {
      its.settingsChanged();
    }
  }

  /** Whether it was closed: later reports of its sender have no meaning. */
  boolean isGone() {
    return gone;
  }

  /** Closes the connection; the link is not used again. */
  void close() {
    gone = true;
    endPush();
    sender().close();
  }
}
