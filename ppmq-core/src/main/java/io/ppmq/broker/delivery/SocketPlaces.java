package io.ppmq.broker.delivery;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The places for workers at a subscriber's socket, one for each connection that the broker may keep
 * to it. Decides when to open another, and how long to wait after a failure. Owned by the writer's
 * thread.
 */
final class SocketPlaces {
  private final String subscriber;
  private final Rota rota;
  private final Agenda agenda;
  private final Agenda.Recipient recipient;
  private final Timers timers;
  private final BrokerEvents events;
  private final List<WorkerLink> places = new ArrayList<>(1);

  /** Places that were given up, and still have batches out. */
  private final List<WorkerLink> leaving = new ArrayList<>(0);

  private final Backoff backoff = new Backoff();
  private boolean proven;
  private boolean reported;

  SocketPlaces(
      String subscriber,
      Rota rota,
      Agenda agenda,
      Agenda.Recipient recipient,
      Timers timers,
      BrokerEvents events) {
    this.subscriber = subscriber;
    this.rota = rota;
    this.agenda = agenda;
    this.recipient = recipient;
    this.timers = timers;
    this.events = events;
  }

  /**
   * Sets the number of places. Free places are removed first. A busy one is sent nothing more, and
   * is removed when nothing is out with it any more.
   */
  void resize(int count, Function<SocketPlaces, WorkerLink> maker) {
    while (places.size() > count) {
      WorkerLink going = leastNeeded();
      places.remove(going);
      leaving.add(going);
      going.retire(true);
    }
    while (places.size() < count && !leaving.isEmpty()) {
      WorkerLink back = leaving.remove(0);
      places.add(back);
      back.retire(false);
    }
    while (places.size() < count) {
      WorkerLink made = maker.apply(this);
      places.add(made);
      rota.add(made);
    }
    dropDone();
  }

  private WorkerLink leastNeeded() {
    for (int i = places.size() - 1; i >= 0; i--) {
      if (!places.get(i).isBusy()) {
        return places.get(i);
      }
    }
    return places.get(places.size() - 1);
  }

  /** Forgets the given-up places that have nothing out any more. */
  void dropDone() {
    for (int i = leaving.size() - 1; i >= 0; i--) {
      if (!leaving.get(i).isBusy()) {
        drop(leaving.remove(i));
      }
    }
  }

  /** Removes all places; messages that were out at them wait, and go to others. */
  void dropAll() {
    List<WorkerLink> all = all();
    places.clear();
    leaving.clear();
    for (WorkerLink place : all) {
      drop(place);
      place.takeBackAll();
    }
  }

  private void drop(WorkerLink place) {
    rota.remove(place);
    place.close();
  }

  /** Begins with nothing known of the socket. */
  void begin() {
    backoff.end();
    reported = false;
    proven = false;
  }

  /** The places that may have messages out: the present ones, and removed ones. */
  List<WorkerLink> all() {
    List<WorkerLink> all = new ArrayList<>(places);
    all.addAll(leaving);
    return all;
  }

  boolean has(WorkerLink link) {
    return places.contains(link);
  }

  // ---- connecting -----------------------------------------------------------------------------

  /**
   * Connects a place if messages of a topic wait, no connected worker is free, and every existing
   * connection has a batch of the topic out.
   *
   * @return whether it began to connect
   */
  boolean openFor(Subscription subscription, Turn turn) {
    if (backoff.isWaiting(turn)) {
      return false;
    }
    WorkerLink closed = null;
    for (WorkerLink place : places) {
      if (place.isOpening()) {
        return false;
      }
      if (place.isFree(subscription)) {
        if (!place.isClosed()) {
          return false; // it is free as soon as it has taken the batch on its way
        }
        closed = closed == null ? place : closed;
      }
    }
    if (closed == null) {
      return false;
    }
    closed.open();
    return true;
  }

  /** A connection is there. */
  void opened() {
    proven = false;
  }

  /** A batch was pushed. */
  void pushed() {
    if (reported) {
      reported = false;
      events.reachableAgain(subscriber);
    }
  }

  /**
   * There is no connection, or it broke.
   *
   * @param connected whether there was one
   */
  void failed(String reason, boolean connected, Turn turn) {
    if (connected && proven) {
      agenda.dispatch(recipient);
      return;
    }
    backOff(turn);
    if (!reported) {
      reported = true;
      events.unreachable(subscriber, reason);
    }
  }

  /** Waits before the subscriber is tried again. */
  void backOff(Turn turn) {
    if (!backoff.isWaiting(turn)) { // otherwise this attempt has been counted
      timers.at(backoff.begin(turn), due -> agenda.dispatch(recipient));
    }
  }

  // ---- what the subscriber tells --------------------------------------------------------------

  /** The subscriber acknowledged a message, so it is there. */
  void acknowledged() {
    proven = true;
    backoff.shorten();
  }

  /** The subscriber says that it is there, or its socket appeared: the next try is at once. */
  void awake() {
    backoff.end();
    agenda.dispatch(recipient);
  }

  /** The state of the connection in words for users; null when there is a connection. */
  @Nullable String stateName(Turn turn) {
    boolean connects = false;
    for (WorkerLink place : places) {
      if (!place.isClosed() && !place.isOpening()) {
        return null;
      }
      connects |= place.isOpening();
    }
    if (connects) {
      return "connecting";
    }
    return backoff.isWaiting(turn) ? "unreachable" : "idle";
  }
}
