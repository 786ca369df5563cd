package io.ppmq.store;

/**
 * The amount of delayed messages in a topic.
 *
 * @param messages the number of messages
 * @param bytes the bytes of their payloads
 * @param nextMillis the moment of the next, in milliseconds since the epoch, never later than the
 *     truth; {@link Entry#NEVER} without any
 */
public record Delays(long messages, long bytes, long nextMillis) {
  /** Nothing at all. */
  public static final Delays NONE = new Delays(0, 0, Entry.NEVER);
}
