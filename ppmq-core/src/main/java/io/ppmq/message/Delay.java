package io.ppmq.message;

/**
 * When a message is to be queued that its producer does not want to be queued at once.
 *
 * @param fromStoring whether it is counted from when the message is stored; otherwise it is a
 *     moment of the wall clock
 * @param millis the milliseconds from then on, or since the epoch
 */
public record Delay(boolean fromStoring, long millis) {
  /** How far away a moment may be: ten years, of which up to three have a day more. */
  public static final long MILLIS_MAX = 3653L * 24 * 60 * 60 * 1000;

  /** The moment, in milliseconds since the epoch, for a message that is stored at this one. */
  public long momentMillis(long storedMillis) {
    return fromStoring ? storedMillis + millis : millis;
  }
}
