package io.ppmq.sim;

import java.util.Random;

/** What the disk refuses, as long as it is told to. */
final class Faults {
  private final Random random;
  private final SimClock clock;
  private long commitsFailUntilNanos;
  private long syncsFailUntilNanos;
  private long roomLacksUntilNanos;
  private double readsThatFail;
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
