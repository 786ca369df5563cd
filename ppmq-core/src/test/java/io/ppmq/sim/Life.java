package io.ppmq.sim;

import io.ppmq.broker.SimulatedBroker;
import io.ppmq.store.StoreException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One data directory from its first broker to its last, with producers and subscribers around it
 * and all faults. Everything follows from the seed.
 */
final class Life {
  private static final long MILLIS = 1_000_000L;
  private static final int IDLE_TURNS_MAX = 1000;
  private static final int PEEK_EVERY = 256;

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
  private final Mishaps mishaps;
  private final Producers producers;
  private final Requests requests;
  private final int eventsMax;
  private final Brokers brokers;

  private long turnNanos = Long.MAX_VALUE;
  private long syncNanos = Long.MAX_VALUE;
  private int idleTurns;
  private boolean syncing;
  private boolean lostDuringSync;
  private boolean committedDuringSync;
  private boolean draining;
  private boolean readsFailed;

  /**
   * A life of a seed.
   *
   * @param given the disk; null for one in memory
   * @param asked whether other machines keep the commits too; null if the seed decides
   * @param directory the directory of a cluster's stores; null for stores in memory
   */
  Life(
      long seed,
      int eventsMax,
      @Nullable SimDisk given,
      @Nullable Sharing asked,
      @Nullable Path directory,
      @Nullable PrintStream printed) {
    this.random = new Random(seed);
    this.clock =
        new SimClock(random.nextInt(4) == 0 ? Long.MAX_VALUE - 5_000 * MILLIS : random.nextLong());
    this.agenda = new Agenda(clock);
    this.trace = new Trace(clock, printed);
    Sharing sharing = asked != null ? asked : given != null ? Sharing.NOBODY : Sharing.of(seed);
    boolean cluster = sharing == Sharing.CLUSTER;
    this.eventsMax = cluster ? 3 * eventsMax : eventsMax;
    this.disk =
        cluster
            ? new ClusterDisk(this, random, directory)
            : given == null ? new MemoryDisk(random) : given;
    this.brokers = new Brokers(this, random, disk, sharing);
    this.faults = new Faults(random, clock);
    this.plan = new Plan(random);
    this.expectations = new Expectations(clock, disk);
    boolean faulty = random.nextInt(8) > 0;
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
    brokers.start();
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

  /** Executes the next event. */
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
    } catch (Faults.Death e) {
      brokers.die(e.powerLost);
    } catch (SimulatedBroker.Abandoned e) {
      note(() -> "the broker ends: " + e.getMessage());
      brokers.abandoned();
    } catch (StoreException e) {
      note(() -> "the store is lost: " + e.getMessage());
      brokers.die(false);
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
    boolean inOutage = brokers.isInOutage();
    expectations.nacks.resumed(); // in its first turn; the clock may have been set before
    long pause = running.turn();
    expectations.deaths.check();
    expectations.delays.turnIsOver();
    idleTurns = pause > 0 || running.isReady() ? 0 : idleTurns + 1;
    if (idleTurns > IDLE_TURNS_MAX) {
      throw new Violation(Invariant.COMES_TO_REST, "the writer takes turn after turn for nothing");
    }
    turnNanos = clock.elapsedNanos() + Math.max(pause, running.isReady() ? 0 : 1);
    if (pause > 0 && !inOutage && !brokers.isInOutage() && !readsFailed && !faults.roomLacks()) {
      expectations.delays.checkSleep(pause);
    }
    if (pause > 0 && !inOutage && !brokers.isInOutage() && !readsFailed) {
      expectations.checkAtRest();
    } else if (inOutage || brokers.isInOutage() || readsFailed) {
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

  /** The writer continues while a sync is under way, and the power may fail. */
  private void duringSync() {
    if (!syncing) {
      return;
    }
    if (committedDuringSync) { // which the last sync did not sync
      committedDuringSync = false;
      faults.mayLosePower(12);
    }
    for (int i = random.nextInt(4); i > 0 && !lostDuringSync; i--) {
      try {
        if (random.nextInt(4) == 0) {
          producers.publishSome();
        }
        if (!broker().isReady()) {
          break;
        }
        turn();
        committedDuringSync = true;
      } catch (StoreException e) {
        lostDuringSync = true;
      }
    }
    if (!draining && mishaps.cutsPower()) {
      throw new Faults.Death(true);
    }
  }

  private void lookAround() {
    SimulatedBroker running = brokers.running();
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
      expectations.look(running, !brokers.isInOutage() && !faults.readsAreFailing());
    }
  }

  /** A broker begins. */
  void begun() {
    turnNanos = clock.elapsedNanos();
    syncNanos = Long.MAX_VALUE;
  }

  /** The previous broker does nothing any more. */
  void over() {
    turnNanos = Long.MAX_VALUE;
    syncNanos = Long.MAX_VALUE;
  }

  /** Releases the disk. */
  void close() {
    disk.close();
  }

  // ---- what those around it need --------------------------------------------------------------

  Brokers brokers() {
    return brokers;
  }

  SimulatedBroker broker() {
    return brokers.broker();
  }

  /** Null if there is none. */
  @Nullable SimStore store() {
    return brokers.store();
  }

  boolean isRunning() {
    return brokers.running() != null;
  }

  Producers producers() {
    return producers;
  }

  Requests requests() {
    return requests;
  }

  SimDisk disk() {
    return disk;
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
