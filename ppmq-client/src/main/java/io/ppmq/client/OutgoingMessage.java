package io.ppmq.client;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message to publish. Immutable: each {@code with} method returns a new message.
 *
 * <p>The broker checks its own limits (by default 4 MiB for a message and 4 KiB for a key).
 */
public final class OutgoingMessage {
  private static final Instant TIME_MIN = Instant.parse("0001-01-01T00:00:01Z");
  private static final Instant TIME_MAX = Instant.parse("9999-12-31T23:59:59Z");

  /** The broker's limit for a delay: ten years. */
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

  /** A message with a string as its payload; it goes out as a JSON string. */
  public static OutgoingMessage text(String payload) {
    StringBuilder json = new StringBuilder(payload.length() + 2);
    Wire.appendString(json, payload);
    return new OutgoingMessage(json.toString(), null, null, 0, null, null);
  }

  /**
   * A message with any JSON value as its payload; the subscriber gets the same value.
   *
   * @throws IllegalArgumentException when the text is not exactly one JSON value; a part of a
   *     value, or two values, would change the JSON around it. Also when it has half a surrogate
   *     pair that is not written as an escape
   */
  public static OutgoingMessage json(String payload) {
    if (Wire.hasLoneSurrogate(payload)) {
      throw new IllegalArgumentException(
          "the payload has half a surrogate pair, which only an escape such as \\ud800 can write");
    }
    try {
      JsonReader reader = new JsonReader(payload.getBytes(StandardCharsets.UTF_8));
      String value = reader.rawValue();
      reader.end();
      return new OutgoingMessage(value, null, null, 0, null, null);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException("the payload is not a JSON value: " + e.getMessage(), e);
    }
  }

  /** Returns a copy with a key. Only topics with dedupe use it; "" means none. */
  public OutgoingMessage withKey(String key) {
    return new OutgoingMessage(
        payload, key.isEmpty() ? null : key, expires, priority, delay, notBefore);
  }

  /**
   * Returns a copy that expires at {@code expires}. Topics that do not let messages expire ignore
   * it.
   *
   * @throws IllegalArgumentException outside of the years 1 to 9999, which RFC 3339 can write
   */
  public OutgoingMessage withExpires(Instant expires) {
    check("expires", expires);
    return new OutgoingMessage(payload, key, expires, priority, delay, notBefore);
  }

  /** Returns a copy with a priority: 0 is the highest, and the broker uses its nearest priority. */
  public OutgoingMessage withPriority(int priority) {
    return new OutgoingMessage(payload, key, expires, priority, delay, notBefore);
  }

  /**
   * Returns a copy that the broker holds back for a time after it is stored; zero means no delay.
   * Replaces {@link #withNotBefore}. The broker refuses a delayed message with a key in a topic
   * with dedupe.
   *
   * @throws IllegalArgumentException when the delay is negative or longer than ten years
   */
  public OutgoingMessage withDelay(Duration delay) {
    if (delay.isNegative() || delay.compareTo(DELAY_MAX) > 0) {
      throw new IllegalArgumentException("delay is negative or over ten years: " + delay);
    }
    Duration kept = delay.isZero() ? null : delay;
    return new OutgoingMessage(payload, key, expires, priority, kept, null);
  }

  /**
   * Returns a copy that the broker holds back until a moment of its own clock; a past moment means
   * no delay. Replaces {@link #withDelay}, and is refused in the same topics.
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

  /** The delay, counted from when the message is stored, or null. */
  public @Nullable Duration delay() {
    return delay;
  }

  /** The moment until which the broker holds the message back, or null. */
  public @Nullable Instant notBefore() {
    return notBefore;
  }

  /** Describes the message by its size: payloads and keys do not belong in logs. */
  @Override
  public String toString() {
    return "message of " + payload.length() + " characters, priority " + priority;
  }
}
