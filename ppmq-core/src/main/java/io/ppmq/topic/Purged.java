package io.ppmq.topic;

/**
 * A portion of a purge.
 *
 * @param messages how many messages are gone with it
 * @param before the first id that is not to be purged, for the next portion; 0 when there is none
 */
public record Purged(long messages, long before) {
  /** Whether nothing is left that was there when the purge began. */
  public boolean isDone() {
    return before == 0;
  }
}
