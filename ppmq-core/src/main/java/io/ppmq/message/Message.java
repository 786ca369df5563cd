package io.ppmq.message;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message as its producer hands it in.
 *
 * @param key the producer's key, decoded to UTF-8, at most {@link #KEY_BYTES_MAX} bytes; null when
 *     the producer gave none. Only a topic with dedupe looks at it
 * @param payload the JSON text of the payload, a string's quotes and escapes included; delivered as
 *     these very bytes
 * @param expires the moment at which the message expires; null when it never expires
 * @param priority 0 is the highest; out of range is taken as the nearest that the topic has
 * @param delay the delay before it is queued; null for none
 */
public record Message(
    @Nullable Bytes key,
    Bytes payload,
    @Nullable Instant expires,
    int priority,
    @Nullable Delay delay) {
  /** The longest key a producer may give, in bytes of UTF-8. */
  public static final int KEY_BYTES_MAX = 4096;

  /** A message that is to be queued at once. */
  public Message(@Nullable Bytes key, Bytes payload, @Nullable Instant expires, int priority) {
    this(key, payload, expires, priority, null);
  }

  /** Names the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "message of " + payload + ", priority " + priority;
  }
}
