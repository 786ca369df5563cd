package io.ppmq.message;

/**
 * The delay after which, or the moment at which, a message is to be queued.
 *
 * @param fromStoring whether it counts from the storing of the message; otherwise it is a moment of
 *     the wall clock
 * @param millis the milliseconds from then on, or since the epoch
 */
public record Delay(boolean fromStoring, long millis) {
  /** The longest time until a moment: ten years, of which up to three are leap years. */
  public static final long MILLIS_MAX = 3653L * 24 * 60 * 60 * 1000;

  /** The moment, in milliseconds since the epoch, for a message that is stored at this one. */
  public long momentMillis(long storedMillis) {
    return fromStoring ? storedMillis + millis : millis;
  }
}
