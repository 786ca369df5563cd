package io.ppmq.embed;

import io.ppmq.message.Delivery;
import java.nio.charset.StandardCharsets;

/**
 * A message as a handler gets it.
 *
 * @param topic its topic
 * @param subscriber its subscriber
 * @param key names it within the topic
 * @param payload the published payload
 * @param priority 0 is the highest
 * @param attempt 1 the first time
 */
public record Received(
    String topic, String subscriber, String key, String payload, int priority, int attempt) {
  static Received of(String topic, String subscriber, Delivery delivery) {
    return new Received(
        topic,
        subscriber,
        new String(delivery.key().toByteArray(), StandardCharsets.UTF_8),
        new String(delivery.payload().toByteArray(), StandardCharsets.UTF_8),
        delivery.priority(),
        delivery.attempt());
  }

  /** Names the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "message of " + payload.length() + " characters, attempt " + attempt;
  }
}
