package io.ppmq.message;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message as a subscriber gets it: one of a batch.
 *
 * @param key names the message in the subscriber's acknowledgement: the producer's own in a topic
 *     with dedupe, otherwise the broker's; UTF-8
 * @param payload the JSON text of the payload, the very bytes its producer sent
 * @param expires the moment at which the message expires, in the years 0 to 9999; null when it
 *     never expires
 * @param priority 0 is the highest
 * @param attempt 1 when the message is sent to this subscriber for the first time
 */
public record Delivery(
    Bytes key, Bytes payload, @Nullable Instant expires, int priority, int attempt) {
  /** Refuses values that no topic would send. */
  public Delivery {
    if (priority < 0 || attempt < 1) {
      throw new IllegalArgumentException(
          "a delivery with priority %d as attempt %d".formatted(priority, attempt));
    }
  }

  /** Names the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "delivery of " + payload + ", priority " + priority + ", attempt " + attempt;
  }
}
