package io.ppmq.client;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message to publish. Immutable: each {@code with} method returns another message.
 *
 * <p>The broker's own bounds (by default 4 MiB a message, 4 KiB a key) are the broker's to check.
 */
public final class OutgoingMessage {
  private static final Instant TIME_MIN = Instant.parse("0001-01-01T00:00:01Z");
  private static final Instant TIME_MAX = Instant.parse("9999-12-31T23:59:59Z");

  /** The broker keeps no message back for longer than ten years. */
  private static final Duration DELAY_MAX = Duration.ofDays(3650);

  private final String payload;
  private final @Nullable String key;
  private final @Nullable Instant expires;
  private final int priority;
  private final @Nullable Duration delay;
  private final @Nullable Instant notBefore;

  private OutgoingMessage(
      String payload,
      @Nullable String key,
      @Nullable Instant expires,
      int priority,
      @Nullable Duration delay,
      @Nullable Instant notBefore) {
    this.payload = payload;
    this.key = key;
    this.expires = expires;
    this.priority = priority;
    this.delay = delay;
    this.notBefore = notBefore;
  }

  /** A message whose payload is a string: it goes out as a JSON string. */
  public static OutgoingMessage text(String payload) {
    StringBuilder json = new StringBuilder(payload.length() + 2);
    Wire.appendString(json, payload);
    return new OutgoingMessage(json.toString(), null, null, 0, null, null);
  }

  /**
   * A message whose payload is a JSON value of any kind, which the subscriber gets as the same
   * value.
   *
   * @throws IllegalArgumentException when the text is not exactly one JSON value; a part of a
   *     value, or two values, would change the JSON around it
   */
  public static OutgoingMessage json(String payload) {
    try {
      JsonReader reader = new JsonReader(payload.getBytes(StandardCharsets.UTF_8));
      String value = reader.rawValue();
      reader.end();
      return new OutgoingMessage(value, null, null, 0, null, null);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException("the payload is not a JSON value: " + e.getMessage(), e);
    }
  }

  /** The same with a key, which only topics with dedupe look at; "" means none. */
  public OutgoingMessage withKey(String key) {
    return new OutgoingMessage(
        payload, key.isEmpty() ? null : key, expires, priority, delay, notBefore);
  }

  /**
   * The same, worth nothing from {@code expires} on; topics that do not let messages expire ignore
   * it.
   *
   * @throws IllegalArgumentException outside of the years 1 to 9999, which RFC 3339 can write
   */
  public OutgoingMessage withExpires(Instant expires) {
    check("expires", expires);
    return new OutgoingMessage(payload, key, expires, priority, delay, notBefore);
  }

  /** The same with a priority: 0 is the highest, and the broker takes the nearest that it has. */
  public OutgoingMessage withPriority(int priority) {
    return new OutgoingMessage(payload, key, expires, priority, delay, notBefore);
  }

  /**
   * The same, kept back for a time, counted from when the broker stores it; zero means not at all.
   * Takes the place of {@link #withNotBefore}. The broker refuses it for a message with a key in a
   * topic with dedupe.
   *
   * @throws IllegalArgumentException when it is negative or longer than ten years
   */
  public OutgoingMessage withDelay(Duration delay) {
    if (delay.isNegative() || delay.compareTo(DELAY_MAX) > 0) {
      throw new IllegalArgumentException("delay is negative or over ten years: " + delay);
    }
    Duration kept = delay.isZero() ? null : delay;
    return new OutgoingMessage(payload, key, expires, priority, kept, null);
  }

  /**
   * The same, kept back until a moment, by the broker's time of day; one that is past means not at
   * all. Takes the place of {@link #withDelay}, and is refused where that is.
   *
   * @throws IllegalArgumentException outside of the years 1 to 9999
   */
  public OutgoingMessage withNotBefore(Instant notBefore) {
    check("notBefore", notBefore);
    return new OutgoingMessage(payload, key, expires, priority, null, notBefore);
  }

  private static void check(String what, Instant time) {
    if (time.isBefore(TIME_MIN) || time.isAfter(TIME_MAX)) {
      throw new IllegalArgumentException(what + " outside of the years 1 to 9999: " + time);
    }
  }

  /** The JSON text of the payload. */
  public String payload() {
    return payload;
  }

  /** The key, or null when there is none. */
  public @Nullable String key() {
    return key;
  }

  /** The time at which the message expires, or null when it never does. */
  public @Nullable Instant expires() {
    return expires;
  }

  /** The priority; 0 is the highest. */
  public int priority() {
    return priority;
  }

  /** The delay after it is stored, or null. */
  public @Nullable Duration delay() {
    return delay;
  }

  /** Until when the broker keeps it back, or null. */
  public @Nullable Instant notBefore() {
    return notBefore;
  }

  /** Names the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "message of " + payload.length() + " characters, priority " + priority;
  }
}
