package io.ppmq.bench;

import java.time.Duration;
import java.time.Instant;

/** The due times of delayed messages, a microsecond apart. For one thread. */
public final class Due {
  private static final long APART_NANOS = 1_000;

  private final Instant first;
  private long messages;

  /** The first message is due after this many seconds. */
  public Due(int seconds) {
    this.first = Instant.now().plusSeconds(seconds);
  }

  /** The due time of the next message. */
  public Instant next() {
    return first.plusNanos(APART_NANOS * messages++);
  }

  /** The whole milliseconds until a moment. */
  public static long millisUntil(Instant moment) {
    return Math.max(0, Duration.between(Instant.now(), moment).toMillis());
  }
}
