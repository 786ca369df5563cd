package io.ppmq.client;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message as the broker delivers it.
 *
 * @param key names the message in acknowledgements
 * @param payload the JSON text of the payload; a string with its quotes and escapes
 * @param expires when the message expires; null when it never does
 * @param priority 0 is the highest
 * @param attempt 1 for the first delivery; more when earlier deliveries were not acknowledged
 */
public record ReceivedMessage(
    String key, String payload, @Nullable Instant expires, int priority, int attempt) {

  /**
   * The payload as its producer wrote it: the characters of a JSON string, or the JSON text of any
   * other value.
   */
  public String payloadText() {
    if (!payload.startsWith("\"")) {
      return payload;
    }
    try {
      return new JsonReader(payload.getBytes(StandardCharsets.UTF_8)).string();
    } catch (ProtocolException e) {
      throw new IllegalStateException("the payload is not a JSON string: " + e.getMessage(), e);
    }
  }

  /** Describes the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "message of " + payload.length() + " characters, attempt " + attempt;
  }
}
