package io.ppmq.broker.delivery;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Batch;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The broker's side of one subscriber: which of its topics have messages for it, and which of its
 * workers gets them. Its workers are the places at its socket and the connections that subscribed.
 *
 * <p>A batch is chosen only once a connection is there that can take it, so that it is the right
 * one at that moment. Topics with messages take turns, a batch each. Owned by the writer's thread.
 */
public final class SubscriberLink
    implements Agenda.Recipient, Subscription.Owner, WorkerLink.Owner {
  /** Makes the senders to the subscriber's socket. */
  interface Connector {
    /** The sender of one place at the socket, which reports to this link. */
    Sender connect(WorkerLink link);
  }

  private SubscriberSettings settings;
  private final Agenda agenda;
  private final PushRoom.Share room;
  private final Connector connector;
  private final Rota rota = new Rota();
  private final SocketPlaces socket;
  private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
  private final Set<Subscription> ready = new LinkedHashSet<>();
  private final UnreadableTopics unreadable;
  private final LastPush lastPush = new LastPush();

  SubscriberLink(
      SubscriberSettings settings,
      Agenda agenda,
      Timers timers,
      BrokerEvents events,
      PushRoom room,
      Connector connector) {
    this.settings = settings;
    this.agenda = agenda;
    this.room = room.share(this);
    this.connector = connector;
    this.unreadable = new UnreadableTopics(this, timers, events);
    this.socket = new SocketPlaces(settings.name(), rota, agenda, this, timers, events);
    socket.resize(settings.connections(), this::newPlace);
  }

  private WorkerLink newPlace(SocketPlaces at) {
    WorkerLink place = WorkerLink.atSocket(this, room);
    place.sendThrough(connector.connect(place));
    return place;
  }

  public String name() {
    return settings.name();
  }

  // ---- coming and going -----------------------------------------------------------------------

  /**
   * Applies other settings from the next batch on. Where the subscriber has moved to another
   * socket, the new socket gets the messages that were sent to the old one and are not
   * acknowledged: the process that listens there cannot have it.
   */
  void apply(SubscriberSettings next) {
    boolean moved = !next.address().equals(settings.address());
    settings = next;
    if (moved) {
      socket.dropAll();
      socket.begin();
    }
    socket.resize(next.connections(), this::newPlace);
    lookAgain(); // waiting messages are for the added place, or for the new socket
  }

  /** Takes part in a topic from now on. */
  void join(Subscription subscription) {
    subscriptions.put(subscription.topicName(), subscription);
    ready(subscription);
  }

  /** No longer takes part in a topic; the topic has taken back the messages that were out. */
  void leave(Subscription subscription) {
    subscription.leave();
    subscriptions.values().remove(subscription);
    ready.remove(subscription);
    rota.leave(subscription);
    lastPush.forget(subscription);
  }

  /** No longer takes part in any topic; the topics take back the messages that are out. */
  void leaveAll() {
    List.copyOf(subscriptions.values()).forEach(this::leave);
  }

  /** A topic has other settings. */
  void settingsChanged(Subscription subscription) {
    rota.workers().forEach(worker -> worker.settingsChanged(subscription));
  }

  /** Its part in a topic; null when it has none. */
  public @Nullable Subscription subscription(String topic) {
    return subscriptions.get(topic);
  }

  /** Its parts in topics. */
  Iterable<Subscription> subscriptions() {
    return subscriptions.values();
  }

  /** Closes all connections to the subscriber; the link is not used again. */
  public void close() {
    ready.clear();
    List.copyOf(rota.workers()).forEach(WorkerLink::close);
  }

  // ---- workers that subscribed ----------------------------------------------------------------

  /** Adds a worker, which takes no topic yet. */
  WorkerLink newWorker() {
    WorkerLink worker = WorkerLink.subscribed(this, room);
    rota.add(worker);
    return worker;
  }

  /** The workers or their topics have changed. */
  void lookAgain() {
    subscriptions.values().forEach(this::look);
  }

  /** A worker is gone: messages that are out with it wait, and go to others. */
  void lost(WorkerLink worker) {
    rota.remove(worker);
    lastPush.forget(worker);
    worker.close();
    worker.takeBackAll();
  }

  /** The number of its connections that have subscribed. */
  public int workers() {
    return rota.workers().size() - socket.all().size();
  }

  // ---- sending --------------------------------------------------------------------------------

  @Override
  public void ready(Subscription subscription) {
    if (ready.add(subscription) || canSend()) {
      agenda.dispatch(this);
    }
  }

  /** Whether a worker can be sent a batch at once, or connected to. */
  private boolean canSend() {
    for (WorkerLink worker : rota.workers()) {
      if (worker.isOpen() || worker.isClosed()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void look(Subscription subscription) {
    rota.look(subscription);
    socket.dropDone();
    if (rota.hasFree(subscription)) {
      ready(subscription);
    }
  }

  @Override
  public void dispatch(Turn turn) {
    int batchesMax = rota.workers().size(); // a batch each, and others have their turn
    while (batchesMax > 0 && dispatchOne(turn)) {
      batchesMax--;
    }
  }

  /** Returns whether a batch was sent. */
  private boolean dispatchOne(Turn turn) {
    ready.removeIf(subscription -> !rota.hasFree(subscription) || unreadable.rests(subscription));
    for (Subscription subscription : ready) {
      WorkerLink worker = rota.longestFree(subscription);
      if (worker != null) {
        return room.hasRoom(settings.limits().payloadBytesMax())
            && pushNext(subscription, worker, turn);
      }
    }
    for (Subscription subscription : ready) {
      if (socket.openFor(subscription, turn)) {
        return false;
      }
    }
    return false;
  }

  /**
   * {@inheritDoc} The batch goes out only where it does not change the order. So the subscriber is
   * at work while the acknowledgement of the previous batch is committed, and one commit keeps
   * both.
   */
  @Override
  public void dispatchAhead(Turn turn) {
    if (ready.isEmpty() || !rota.hasOpen()) {
      return;
    }
    for (Subscription subscription : ready) {
      WorkerLink worker = unreadable.rests(subscription) ? null : rota.longestFree(subscription);
      if (worker != null && worker.isFreeAhead(subscription, settings.limits())) {
        if (room.hasRoom(settings.limits().payloadBytesMax())) {
          pushAhead(subscription, worker, turn);
        }
        return;
      }
    }
  }

  private void pushAhead(Subscription next, WorkerLink worker, Turn turn) {
    Batch batch = choose(next, worker, true, turn);
    if (batch != null && room.hasRoom(batch)) {
      ready.remove(next);
      look(next); // another worker may be free for what is left
      push(next, worker, batch, turn);
    } else if (batch != null) {
      worker.putBack(next);
    }
  }

  @Override
  public void prepare() {
    lastPush.prepareNext(settings.limits());
  }

  /** Returns whether a batch was sent. */
  private boolean pushNext(Subscription next, WorkerLink worker, Turn turn) {
    ready.remove(next);
    Batch batch = choose(next, worker, false, turn);
    if (batch != null && !room.hasRoom(batch)) {
      worker.putBack(next);
      ready.add(next); // its turn comes when there is room
      return false;
    }
    if (!unreadable.rests(next)) {
      if (batch == null && next.isHeldBack()) {
        unreadable.readAgainLater(next, turn); // and as soon as more is committed
      } else if (batch != null || !next.isHeldUp()) {
        look(next);
      }
    }
    if (batch != null) {
      push(next, worker, batch, turn);
      return true;
    }
    if (!ready.isEmpty()) {
      agenda.dispatch(this);
    }
    return false;
  }

  /** The next batch, perhaps ahead of the commit; null when there is none or it cannot be read. */
  private @Nullable Batch choose(Subscription next, WorkerLink worker, boolean ahead, Turn turn) {
    try {
      Batch batch = worker.choose(next, settings.limits(), ahead, turn);
      unreadable.wasRead(next);
      return batch;
    } catch (StoreException e) {
      unreadable.rest(next, e, turn);
      return null;
    }
  }

  private void push(Subscription next, WorkerLink worker, Batch batch, Turn turn) {
    worker.push(next, batch, turn);
    if (rota.workers().size() > 1 && !ready.isEmpty()) {
      agenda.dispatch(this);
    }
  }

  // ---- what becomes of connections ------------------------------------------------------------

  @Override
  public void opened(WorkerLink link) {
    socket.opened();
    agenda.dispatch(this);
  }

  @Override
  public void pushed(WorkerLink link, @Nullable Subscription done) {
    if (socket.has(link)) {
      socket.pushed();
    }
    if (done != null) {
      lastPush.note(done, link);
      agenda.prepare(this);
      look(done); // a message that was acknowledged while it was being pushed has ended
    }
    agenda.dispatch(this);
  }

  @Override
  public void failed(
      WorkerLink link, String reason, @Nullable Subscription undone, boolean connected, Turn turn) {
    if (undone != null) {
      look(undone);
    }
    if (connected && settings.redeliverOnClose()) {
      link.redeliverAll();
    }
    socket.failed(reason, connected, turn);
  }

  @Override
  public void closed(WorkerLink link, boolean unread, Turn turn) {
    if (unread) {
      link.redeliverPushedHere();
    }
    boolean redelivered = settings.redeliverOnClose() && link.redeliverAll();
    if (redelivered || unread || !link.hasPushed()) {
      socket.backOff(turn); // one that takes nothing is tried again later, as if it were absent
    }
    link.forgetPushed();
    agenda.dispatch(this);
  }

  @Override
  public void appeared() {
    socket.awake();
  }

  // ---- what the subscriber tells --------------------------------------------------------------

  /** The subscriber acknowledged a message, so it is there. */
  public void acknowledged(Subscription in) {
    socket.acknowledged();
    look(in);
  }

  /**
   * The subscriber requests everything again that was sent to its socket, of one topic or, with
   * null, of all topics; so it is there.
   */
  public void redeliver(@Nullable String topic) {
    redeliver(topic, socket.all());
    socket.awake();
  }

  /** A worker requests everything again that was sent to it. */
  public void redeliver(@Nullable String topic, WorkerLink worker) {
    redeliver(topic, List.of(worker));
  }

  private void redeliver(@Nullable String topic, List<WorkerLink> workers) {
    for (Subscription subscription : subscriptions.values()) {
      if (topic == null || subscription.topicName().equals(topic)) {
        for (WorkerLink worker : workers) {
          WorkerBatch its = worker.inFlight(subscription);
          if (its != null) {
            its.redeliver(Agenda.Spent.RECONNECTED);
          }
        }
        subscription.redelivers(Agenda.Spent.RECONNECTED);
      }
    }
  }

  /** The state of the connection in words for users. */
  public String stateName(Turn turn) {
    String state = workers() > 0 ? null : socket.stateName(turn);
    return state == null ? "connected" : state;
  }
}
