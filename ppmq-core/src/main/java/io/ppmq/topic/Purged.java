package io.ppmq.topic;

/**
 * A portion of a purge.
 *
 * @param messages the number of messages that it dropped
 * @param before the first id that is not to be purged, for the next portion; 0 when there is none
 */
public record Purged(long messages, long before) {
  /** Whether all messages from the beginning of the purge are dropped. */
  public boolean isDone() {
    return before == 0;
  }
}
