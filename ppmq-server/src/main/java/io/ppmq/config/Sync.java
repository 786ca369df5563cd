package io.ppmq.config;

import io.ppmq.message.GoDuration;
import java.time.Duration;

/** When the broker syncs commits to the disk. */
public sealed interface Sync {
  /** Each confirm waits for the disk; many commits share one sync. */
  Sync ALWAYS = new Always();

  /** The kernel decides: a crash of the broker loses nothing, a crash of the machine may. */
  Sync NEVER = new Never();

  /** There is one such value, {@link #ALWAYS}. */
  record Always() implements Sync {
    @Override
    public String toString() {
      return "always";
    }
  }

  /** There is one such value, {@link #NEVER}. */
  record Never() implements Sync {
    @Override
    public String toString() {
      return "never";
    }
  }

  /**
   * Confirms do not wait, and a loss of power loses at most the last {@code interval}.
   *
   * @param interval above zero
   */
  record Every(Duration interval) implements Sync {
    /** Refuses an interval that is not above zero with an {@link IllegalArgumentException}. */
    public Every {
      if (interval.isNegative() || interval.isZero()) {
        throw new IllegalArgumentException("interval is not above zero: " + interval);
      }
    }

    @Override
    public String toString() {
      return GoDuration.format(interval);
    }
  }

  /** Syncs at least once in each {@code interval}, which is above zero. */
  static Sync every(Duration interval) {
    return new Every(interval);
  }

  /**
   * Reads {@code always}, {@code never} or a duration in Go's form.
   *
   * @throws IllegalArgumentException when it is none of them, with a message that quotes it
   */
  static Sync parse(String text) {
    if (text.equals("always")) {
      return ALWAYS;
    }
    if (text.equals("never")) {
      return NEVER;
    }
    try {
      return every(GoDuration.parse(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " must be always, never or a duration above zero, such as 100ms", e);
    }
  }
}
