package io.ppmq.bench;

import java.time.Duration;
import java.time.Instant;

/**
 * When delayed messages are due: each at a moment of its own, a microsecond after the one before.
 * For one thread.
 */
public final class Due {
  private static final long APART_NANOS = 1_000;

  private final Instant first;
  private long messages;

  /** The first so long from now. */
  public Due(int seconds) {
    this.first = Instant.now().plusSeconds(seconds);
  }

  /** The moment of the next message. */
  public Instant next() {
    return first.plusNanos(APART_NANOS * messages++);
  }

  /** How long it is to a moment, in whole milliseconds. */
  public static long millisUntil(Instant moment) {
    return Math.max(0, Duration.between(Instant.now(), moment).toMillis());
  }
}
