package io.ppmq.client;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message to publish. Immutable: each {@code with} method returns another message.
 *
 * <p>The broker's own bounds (by default 4 MiB a message, 4 KiB a key) are the broker's to check.
 */
public final class OutgoingMessage {
  private static final Instant EXPIRES_MIN = Instant.parse("0001-01-01T00:00:01Z");
  private static final Instant EXPIRES_MAX = Instant.parse("9999-12-31T23:59:59Z");

  private final String payload;
  private final @Nullable String key;
  private final @Nullable Instant expires;
  private final int priority;

  private OutgoingMessage(
      String payload, @Nullable String key, @Nullable Instant expires, int priority) {
    this.payload = payload;
    this.key = key;
    this.expires = expires;
    this.priority = priority;
  }

  /** A message whose payload is a string: it goes out as a JSON string. */
  public static OutgoingMessage text(String payload) {
    StringBuilder json = new StringBuilder(payload.length() + 2);
    Wire.appendString(json, payload);
    return new OutgoingMessage(json.toString(), null, null, 0);
  }

  /**
   * A message whose payload is a JSON value of any kind, which the subscriber gets as the same
   * value.
   *
   * @throws IllegalArgumentException when the text is not exactly one JSON value; a part of a
   *     larger value, or two, would change what is around it
   */
  public static OutgoingMessage json(String payload) {
    try {
      JsonReader reader = new JsonReader(payload.getBytes(StandardCharsets.UTF_8));
      String value = reader.rawValue();
      reader.end();
      return new OutgoingMessage(value, null, null, 0);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException("the payload is not a JSON value: " + e.getMessage(), e);
    }
  }

  /** The same with a key, which only topics with dedupe look at; "" means none. */
  public OutgoingMessage withKey(String key) {
    return new OutgoingMessage(payload, key.isEmpty() ? null : key, expires, priority);
  }

  /**
   * The same, worth nothing from {@code expires} on; topics that do not let messages expire ignore
   * it.
   *
   * @throws IllegalArgumentException outside of the years 1 to 9999, which RFC 3339 can write
   */
  public OutgoingMessage withExpires(Instant expires) {
    if (expires.isBefore(EXPIRES_MIN) || expires.isAfter(EXPIRES_MAX)) {
      throw new IllegalArgumentException("expires outside of the years 1 to 9999: " + expires);
    }
    return new OutgoingMessage(payload, key, expires, priority);
  }

  /** The same with a priority: 0 is the highest, and the broker takes the nearest that it has. */
  public OutgoingMessage withPriority(int priority) {
    return new OutgoingMessage(payload, key, expires, priority);
  }

  /** The JSON text of the payload. */
  public String payload() {
    return payload;
  }

  /** The key, or null when there is none. */
  public @Nullable String key() {
    return key;
  }

  /** From when on the message is worth nothing, or null when it keeps for ever. */
  public @Nullable Instant expires() {
    return expires;
  }

  /** The priority; 0 is the highest. */
  public int priority() {
    return priority;
  }

  /** Names the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "message of " + payload.length() + " characters, priority " + priority;
  }
}
