package io.ppmq.broker.stats;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The number of refused messages since the start, by reason. A value without known messages counts
 * as one. Any thread may add and read.
 */
public final class Refusals {
  /** The reason of a refusal. */
  public enum Reason {
    /** The input was not JSON, or was cut off. */
    MALFORMED,
    /** JSON that breaks a rule or a limit. */
    INVALID,
    /** A topic, subscriber or command that does not exist, or is not for this peer. */
    UNKNOWN,
    /** The topic's bound was reached. */
    FULL,
    /** The disk has too little room, or refuses writes. */
    STORAGE;

    /** The reason as a word. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<Reason, AtomicLong> counts = new EnumMap<>(Reason.class);

  /** Counts that begin at zero. */
  public Refusals() {
    for (Reason reason : Reason.values()) {
      counts.put(reason, new AtomicLong());
    }
  }

  /** Adds this many messages; one when there are none. */
  public void add(Reason reason, long messages) {
    requireNonNull(counts.get(reason)).addAndGet(Math.max(1, messages));
  }

  /** The number of refused messages. */
  public long count(Reason reason) {
    return requireNonNull(counts.get(reason)).get();
  }
}
