package io.ppmq.sim;

import io.ppmq.broker.SimulatedBroker;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.StoreException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The brokers of a life, one after another: how each begins and ends, and how much of the previous
 * one's knowledge the next one finds.
 */
final class Brokers {
  private static final long MILLIS = 1_000_000L;

  private final Life life;
  private final Random random;
  private final SimDisk disk;
  private final Sharing sharing;
  private final Set<SimPlace> places = new LinkedHashSet<>();
  private @Nullable SimulatedBroker broker;
  private @Nullable SimStore store;
  private Deposition deposition;
  private boolean stopping;
  private boolean lossIsOpen;
  private boolean powerIsLost;

  Brokers(Life life, Random random, SimDisk disk, Sharing sharing) {
    this.life = life;
    this.random = random;
    this.disk = disk;
    this.sharing = sharing;
    this.deposition = new Deposition(life, random);
  }

  // ---- they begin ------------------------------------------------------------------------------

  void start() {
    if (broker != null) {
      return;
    }
    if (!disk.isReady()) {
      startIn(1 + random.nextInt(50));
      return;
    }
    settle();
    life.note(() -> "a broker starts, with " + life.plan());
    life.expectations().starting(life.plan());
    try {
      store = new SimStore(disk, life.faults(), this::buried, life.expectations().arrivals::due);
      if (sharing != Sharing.NOBODY) {
        store.share(life.agenda(), random, () -> broker().nudge());
      }
      Deposition next = new Deposition(life, random);
      deposition = next;
      broker =
          new SimulatedBroker(
              life.plan().settings(),
              store,
              life.clock(),
              (name, link) -> {
                SimPlace place =
                    new SimPlace(life.subscribers().get(name), life, random, link, next);
                if (!next.isBegun()) {
                  places.add(place);
                }
                return place;
              },
              new NotedEvents(life::note));
      life.begun();
      life.expectations().look(broker, !isInOutage() && !life.faults().readsAreFailing());
      life.subscribers().values().forEach(SimSubscriber::beginWorkers);
    } catch (StoreException e) {
      life.note(() -> "it does not start: " + e.sentence());
      die(false);
    }
  }

  /** An administrator may bring it back soon, before it is delivered. */
  private void buried(String grave, KeyedMessage letter) {
    life.note(() -> "buried in " + grave + ": " + letter.payload().text());
    life.expectations().deaths.written(grave, letter);
    if (random.nextInt(3) > 0) {
      life.agenda().in(random.nextInt(300) * MILLIS, life.mishaps()::requeue);
    }
  }

  /** The broker stops in the normal way. */
  void stop() {
    SimulatedBroker running = broker;
    if (running == null) {
      return;
    }
    life.note(() -> "the broker is stopped");
    if (store != null) {
      store.commitAtOnce();
    }
    life.expectations().nacks.resumed(); // its last turn may be its first
    try {
      running.stop(() -> stopping = true);
    } catch (SimulatedBroker.Abandoned e) {
      life.note(() -> "the broker ends in its last turn: " + e.getMessage());
      abandoned();
      return;
    } finally {
      stopping = false;
    }
    if (isInOutage()) {
      die(false); // uncommitted changes are lost
      return;
    }
    life.tally().restarts++;
    gone();
    disk.killed();
    life.expectations().losses.stopped();
  }

  /** The broker dies, and the next one starts after a while. */
  void die(boolean powerLost) {
    life.note(() -> powerLost ? "the power goes" : "the broker dies");
    life.tally().restarts++;
    gone();
    if (powerLost) {
      disk.powerLost();
    } else {
      disk.killed();
    }
    over(powerLost);
  }

  private void over(boolean powerLost) {
    lossIsOpen = true;
    powerIsLost |= powerLost;
    if (sharing != Sharing.CLUSTER) {
      settle();
    }
    startIn(50 + random.nextInt(2_000));
  }

  /** The surviving knowledge of the last broker is known; it may be less than the broker had. */
  private void settle() {
    if (lossIsOpen) {
      life.note(() -> "what the attempts to commit up to " + disk.kept() + " kept is there");
      life.expectations().losses.died(powerIsLost);
      lossIsOpen = false;
      powerIsLost = false;
    }
  }

  /** The outcome of a commit is unknown: the broker has ended, and its process continues. */
  void abandoned() {
    life.tally().restarts++;
    gone();
    disk.abandoned();
    over(false);
  }

  /** The broker learns that its machine no longer leads. */
  void leadsNoMore() {
    SimulatedBroker running = broker;
    if (running != null) {
      life.note(() -> "the broker learns that its machine no longer leads");
      running.abandon("another machine leads");
      abandoned();
    }
  }

  /** Another machine leads, and the present broker has not learned of it. */
  void another() {
    SimulatedBroker running = broker;
    SimStore its = store;
    if (running != null && its != null) {
      Leading leading = its.leading();
      Deposition begun = deposition;
      life.note(() -> leading + " does not know that another leads");
      life.tally().restarts++;
      life.requests().deposed(disk.kept());
      store = null;
      gone();
      begun.begin(running, its, leading, disk.kept());
      lossIsOpen = true;
    }
    start();
  }

  private void gone() {
    broker = null;
    life.over();
    places.clear();
    life.expectations().workers.allGone();
    life.expectations().troubled();
    life.subscribers().values().forEach(SimSubscriber::brokerGone);
    life.requests().forgetAll();
    life.producers().brokerGone();
    if (store != null) {
      store.close();
      store = null;
    }
  }

  void startIn(long millis) {
    life.agenda().in(millis * MILLIS, this::start);
  }

  // ---- the one that there is -------------------------------------------------------------------

  SimulatedBroker broker() {
    SimulatedBroker running = broker;
    if (running == null) {
      throw new IllegalStateException("there is no broker now");
    }
    return running;
  }

  /** Null when there is none. */
  @Nullable SimStore store() {
    return store;
  }

  /** The present broker; null if there is none. */
  @Nullable SimulatedBroker running() {
    return broker;
  }

  boolean isCurrent(SimulatedBroker other) {
    return other == broker;
  }

  Deposition deposition() {
    return deposition;
  }

  boolean isCurrent(SimPlace place) {
    return places.contains(place);
  }

  void placeClosed(SimPlace place) {
    places.remove(place);
  }

  /**
   * The writer releases a worker, so that others get its messages in flight, or because it ends.
   */
  void workerClosed(Worker worker) {
    if (!stopping) {
      life.expectations().gone(worker);
    }
  }

  void appeared(String subscriber) {
    for (SimPlace place : List.copyOf(places)) {
      if (place.subscriber().equals(subscriber)) {
        place.appeared();
        broker().afterwards(() -> {});
      }
    }
  }

  /** Whether applied or written changes are not committed yet. */
  boolean isInOutage() {
    return (broker != null && !broker.isCommitted())
        || (store != null && (store.isDirty() || store.isUnderWay()));
  }
}
