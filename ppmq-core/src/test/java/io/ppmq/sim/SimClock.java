package io.ppmq.sim;

import io.ppmq.broker.port.Clock;

/** A clock that stands still until it is moved. */
final class SimClock implements Clock {
  private static final long START_MILLIS = 1_800_000_000_000L;

  private final long origin;
  private long nanos;
  private long wallOffsetMillis = START_MILLIS;

  /** A clock whose nanoseconds begin at {@code origin}, so that they may overflow. */
  SimClock(long origin) {
    this.origin = origin;
  }

  @Override
  public long wallMillis() {
    return wallOffsetMillis + nanos / 1_000_000;
  }

  @Override
  public long nanos() {
    return origin + nanos;
  }

  /** Nanoseconds since the beginning. */
  long elapsedNanos() {
    return nanos;
  }

  void moveTo(long laterNanos) {
    nanos = Math.max(nanos, laterNanos);
  }

  /** The time of day jumps; deadlines do not. */
  void jump(long millis) {
    wallOffsetMillis += millis;
  }
}
