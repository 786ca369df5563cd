package io.ppmq.sim;

import io.ppmq.broker.SimulatedBroker;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.StoreException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One data directory from its first broker to its last, with producers and subscribers around it,
 * and whatever happens to them. Everything follows from the seed.
 */
final class Life {
  private static final long MILLIS = 1_000_000L;
  private static final int IDLE_TURNS_MAX = 1000;
  private static final int PEEK_EVERY = 256;

  /** The power goes while the disk is at work. */
  private static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final Random random;
  private final SimClock clock;
  private final Agenda agenda;
  private final Trace trace;
  private final SimDisk disk;
  private final Faults faults;
  private final Plan plan;
  private final Expectations expectations;
  private final Tally tally = new Tally();
  private final Map<String, SimSubscriber> subscribers = new LinkedHashMap<>();
  private final Set<SimPlace> places = new LinkedHashSet<>();
  private final Mishaps mishaps;
  private final Producers producers;
  private final Requests requests;
  private final int eventsMax;
  private final boolean shares;

  private @Nullable SimulatedBroker broker;
  private @Nullable SimStore store;
  private long turnNanos = Long.MAX_VALUE;
  private long syncNanos = Long.MAX_VALUE;
  private int idleTurns;
  private boolean syncing;
  private boolean lostDuringSync;
  private boolean draining;
  private boolean readsFailed;
  private boolean stopping;

  Life(long seed, int eventsMax, @Nullable SimDisk givenDisk, @Nullable PrintStream printed) {
    this.random = new Random(seed);
    this.eventsMax = eventsMax;
    this.clock =
        new SimClock(random.nextInt(4) == 0 ? Long.MAX_VALUE - 5_000 * MILLIS : random.nextLong());
    this.agenda = new Agenda(clock);
    this.trace = new Trace(clock, printed);
    this.disk = givenDisk == null ? new MemoryDisk(random) : givenDisk;
    this.faults = new Faults(random, clock);
    this.plan = new Plan(random);
    this.expectations = new Expectations(clock, disk);
    boolean faulty = random.nextInt(8) > 0;
    this.shares = givenDisk == null && new Random(~seed).nextInt(4) == 0;
    for (String name : plan.subscribers().keySet()) {
      subscribers.put(name, new SimSubscriber(name, this, random, faulty));
    }
    this.mishaps = new Mishaps(this, random, faulty);
    this.producers = new Producers(this, random);
    this.requests = new Requests(this, random, tally);
    faults.duringSync(this::duringSync);
  }

  // ---- from the first event to the last -------------------------------------------------------

  /** Lives; a {@link Violation} ends it. */
  void run() {
    note(() -> "the first broker, with " + plan);
    start();
    producers.begin();
    mishaps.begin();
    while (tally.events < eventsMax) {
      step();
    }
    draining = true;
    new Drain(this, random).run();
    tally.lives = 1;
    tally.simulatedNanos = clock.elapsedNanos();
  }

  /** Lets the next thing happen. */
  void step() {
    try {
      long next = Math.min(agenda.nextNanos(), Math.min(turnNanos, syncNanos));
      clock.moveTo(next);
      if (next == turnNanos) {
        turn();
      } else if (next == syncNanos) {
        sync();
      } else {
        agenda.runNext();
      }
    } catch (PowerCut e) {
      die(true);
    } catch (StoreException | SimulatedBroker.Abandoned e) {
      note(() -> "the store is lost: " + e.getMessage());
      die(false);
    } catch (Violation e) {
      throw e;
    } catch (RuntimeException e) {
      throw new Violation(Invariant.NO_BUG, e);
    }
    tally.events++;
    lookAround();
  }

  private void turn() {
    SimulatedBroker running = broker();
    turnNanos = Long.MAX_VALUE;
    boolean inOutage = isInOutage();
    long pause = running.turn();
    expectations.deaths.check();
    idleTurns = pause > 0 || running.isReady() ? 0 : idleTurns + 1;
    if (idleTurns > IDLE_TURNS_MAX) {
      throw new Violation(Invariant.COMES_TO_REST, "the writer takes turn after turn for nothing");
    }
    turnNanos = clock.elapsedNanos() + Math.max(pause, running.isReady() ? 0 : 1);
    if (pause > 0 && !inOutage && !isInOutage() && !readsFailed && !faults.roomLacks()) {
      expectations.delays.checkSleep(pause);
    }
    if (pause > 0 && !inOutage && !isInOutage() && !readsFailed) {
      expectations.checkAtRest();
    } else if (inOutage || isInOutage() || readsFailed) {
      expectations.troubled();
    }
    requests.forgetAnswered();
  }

  private void sync() {
    syncNanos = Long.MAX_VALUE;
    syncing = true;
    try {
      broker().sync();
    } finally {
      syncing = false;
    }
    if (lostDuringSync) {
      lostDuringSync = false;
      throw new StoreException("lost while the disk was at work");
    }
  }

  /** The writer goes on while a sync is under way, and the power may go. */
  private void duringSync() {
    if (!syncing) {
      return;
    }
    for (int i = random.nextInt(4); i > 0 && broker().isReady() && !lostDuringSync; i--) {
      try {
        turn();
      } catch (StoreException e) {
        lostDuringSync = true;
      }
    }
    if (!draining && mishaps.cutsPower()) {
      throw new PowerCut();
    }
  }

  private void lookAround() {
    SimulatedBroker running = broker;
    if (running == null) {
      return;
    }
    if (running.isReady()) {
      turnNanos = Math.min(turnNanos, clock.elapsedNanos() + random.nextInt(300_000));
    }
    long delay = running.syncDelayNanos();
    if (delay != Long.MAX_VALUE) {
      long latency = 1L + random.nextInt(2_000_000);
      syncNanos = Math.min(syncNanos, clock.elapsedNanos() + delay + latency);
    }
    if (tally.events % PEEK_EVERY == 0) {
      expectations.look(running, !isInOutage() && !faults.readsAreFailing());
    }
  }

  /** Whether something was written that is not committed yet. */
  private boolean isInOutage() {
    return store != null && (store.isDirty() || store.isUnderWay());
  }

  // ---- brokers come and go --------------------------------------------------------------------

  void start() {
    if (broker != null) {
      return;
    }
    note(() -> "a broker starts, with " + plan);
    expectations.starting(plan);
    try {
      store = new SimStore(disk, faults, this::buried, expectations.arrivals::due);
      store.share(shares, agenda, random, () -> broker().nudge());
      broker =
          new SimulatedBroker(
              plan.settings(),
              store,
              clock,
              (name, link) -> {
                SimPlace place = new SimPlace(subscribers.get(name), this, random, link);
                places.add(place);
                return place;
              },
              new NotedEvents(this::note));
      turnNanos = clock.elapsedNanos();
      syncNanos = Long.MAX_VALUE;
      expectations.nacks.resumed();
      expectations.look(broker, !isInOutage() && !faults.readsAreFailing());
      subscribers.values().forEach(SimSubscriber::beginWorkers);
    } catch (StoreException e) {
      note(() -> "it does not start: " + e.sentence());
      die(false);
    }
  }

  /** Somebody may bring it back soon, before it is delivered. */
  private void buried(String grave, KeyedMessage letter) {
    note(() -> "buried in " + grave + ": " + letter.payload().text());
    expectations.deaths.written(grave, letter);
    if (random.nextInt(3) > 0) {
      agenda.in(random.nextInt(300) * MILLIS, mishaps::requeue);
    }
  }

  /** The broker ends as it should. */
  void stop() {
    SimulatedBroker running = broker;
    if (running == null) {
      return;
    }
    note(() -> "the broker is stopped");
    if (store != null) {
      store.commitAtOnce();
    }
    try {
      running.stop(() -> stopping = true);
    } finally {
      stopping = false;
    }
    if (isInOutage()) {
      die(false); // what could not be committed is lost
      return;
    }
    tally.restarts++;
    gone();
    disk.killed();
    expectations.losses.stopped();
  }

  /** The broker dies, and the next one starts after a while. */
  void die(boolean powerLost) {
    note(() -> powerLost ? "the power goes" : "the broker dies");
    tally.restarts++;
    gone();
    if (powerLost) {
      disk.powerLost();
    } else {
      disk.killed();
    }
    note(() -> "what the attempts to commit up to " + disk.kept() + " kept is there");
    expectations.losses.died(powerLost);
    startIn(50 + random.nextInt(2_000));
  }

  private void gone() {
    broker = null;
    turnNanos = Long.MAX_VALUE;
    syncNanos = Long.MAX_VALUE;
    places.clear();
    expectations.workers.allGone();
    expectations.troubled();
    subscribers.values().forEach(SimSubscriber::brokerGone);
    requests.forgetAll();
    producers.brokerGone();
    if (store != null) {
      store.close();
      store = null;
    }
  }

  void startIn(long millis) {
    agenda.in(millis * MILLIS, this::start);
  }

  // ---- what those around it need --------------------------------------------------------------

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

  Requests requests() {
    return requests;
  }

  boolean isRunning() {
    return broker != null;
  }

  boolean isCurrent(SimPlace place) {
    return places.contains(place);
  }

  void placeClosed(SimPlace place) {
    places.remove(place);
  }

  /** The writer lets go of a worker: so that others get what is out with it, or as it ends. */
  void workerClosed(Worker worker) {
    if (!stopping) {
      expectations.gone(worker);
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

  void read(int messages) {
    tally.delivered += messages;
  }

  void note(Supplier<String> what) {
    trace.add(what);
  }

  void readsFail(double share) {
    readsFailed |= share > 0;
    faults.readsFail(share);
  }

  Agenda agenda() {
    return agenda;
  }

  SimClock clock() {
    return clock;
  }

  Faults faults() {
    return faults;
  }

  Mishaps mishaps() {
    return mishaps;
  }

  Plan plan() {
    return plan;
  }

  Expectations expectations() {
    return expectations;
  }

  Map<String, SimSubscriber> subscribers() {
    return subscribers;
  }

  Tally tally() {
    return tally;
  }

  Trace trace() {
    return trace;
  }

  boolean isDraining() {
    return draining;
  }
}
