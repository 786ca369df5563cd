package io.ppmq.sim;

import java.util.Random;

/** What the disk refuses, as long as it is told to, and when a broker dies at a bad moment. */
final class Faults {
  /** The broker dies in the middle of what it does. */
  static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final boolean powerLost;

    Death(boolean powerLost) {
      this.powerLost = powerLost;
    }
  }

  private final Random random;
  private final SimClock clock;
  private long commitsFailUntilNanos;
  private long syncsFailUntilNanos;
  private long roomLacksUntilNanos;
  private double readsThatFail;
  private boolean tellingDeaths;
  private Runnable duringSync = () -> {};

  Faults(Random random, SimClock clock) {
    this.random = random;
    this.clock = clock;
  }

  void commitsFail(long nanos) {
    commitsFailUntilNanos = clock.elapsedNanos() + nanos;
  }

  void syncsFail(long nanos) {
    syncsFailUntilNanos = clock.elapsedNanos() + nanos;
  }

  void roomLacks(long nanos) {
    roomLacksUntilNanos = clock.elapsedNanos() + nanos;
  }

  boolean roomLacks() {
    return clock.elapsedNanos() < roomLacksUntilNanos;
  }

  void readsFail(double share) {
    readsThatFail = share;
  }

  /** Has brokers die now and then at moments at which that tells most. */
  void tellingDeaths() {
    tellingDeaths = true;
  }

  /** Such a moment; in one of {@code of} the broker dies: what was done is not all committed. */
  void mayDie(int of) {
    if (tellingDeaths && random.nextInt(of) == 0) {
      throw new Death(random.nextInt(4) == 0);
    }
  }

  /** Such a moment for a loss of power: what was committed is not all synced. */
  void mayLosePower(int of) {
    if (tellingDeaths && random.nextInt(of) == 0) {
      throw new Death(true);
    }
  }

  /** Runs while a sync is under way. */
  void duringSync(Runnable what) {
    duringSync = what;
  }

  /** The disk does all it is asked from now on. */
  void heal() {
    commitsFailUntilNanos = 0;
    syncsFailUntilNanos = 0;
    roomLacksUntilNanos = 0;
    readsThatFail = 0;
    tellingDeaths = false;
  }

  boolean commitFails() {
    return clock.elapsedNanos() < commitsFailUntilNanos;
  }

  boolean syncFails() {
    return clock.elapsedNanos() < syncsFailUntilNanos;
  }

  boolean readsAreFailing() {
    return readsThatFail > 0;
  }

  boolean readFails() {
    return readsThatFail > 0 && random.nextDouble() < readsThatFail;
  }

  boolean perhaps() {
    return random.nextInt(4) == 0;
  }

  void goOnDuringSync() {
    duringSync.run();
  }
}
