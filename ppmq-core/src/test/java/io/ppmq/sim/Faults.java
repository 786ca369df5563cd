package io.ppmq.sim;

import java.util.Random;

/** The failures of the disk, while they are enabled, and bad moments for a broker to die. */
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

  /** Makes brokers die now and then at the most revealing moments. */
  void tellingDeaths() {
    tellingDeaths = true;
  }

  /** Such a moment; in one of {@code of} the broker dies before everything is committed. */
  void mayDie(int of) {
    if (tellingDeaths && random.nextInt(of) == 0) {
      throw new Death(random.nextInt(4) == 0);
    }
  }

  /** Such a moment for a loss of power, before every commit is synced. */
  void mayLosePower(int of) {
    if (tellingDeaths && random.nextInt(of) == 0) {
      throw new Death(true);
    }
  }

  /** Runs while a sync is under way. */
  void duringSync(Runnable what) {
    duringSync = what;
  }

  /** The disk works from now on. */
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
