package io.ppmq.broker.administration;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Origin;
import io.ppmq.topic.Topic;
import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter of an older ppMQ, which did not note the origin: the text contains it, in exactly
 * the form that {@code DeadLetter} writes.
 */
final class UnnotedLetter {
  /** The beginning of the broker's key for a message without a key, where producers' keys count. */
  private static final String BROKERS_KEY = "ppmq-[0-9a-z]{8}-[0-9a-v]+";

  /** It is older than every version that a producer published since. */
  private static final long UNKNOWN_VERSION = 1;

  private final Bytes json;
  private int at;

  private UnnotedLetter(Bytes json) {
    this.json = json;
  }

  /** The message unchanged; an old dead letter with the origin from its text. */
  static KeyedMessage noted(Topic topic, KeyedMessage kept) {
    Origin.Buried origin = topic.isUnnotedLetter(kept) ? read(kept.payload()) : null;
    return origin == null
        ? kept
        : new KeyedMessage(
            kept.key(),
            kept.version(),
            kept.priority(),
            kept.publishedAtMillis(),
            kept.expires(),
            kept.mayExpire(),
            kept.payload(),
            kept.common(),
            kept.exceptions(),
            origin,
            kept.ageEndMillis());
  }

  /** The origin in a letter's text; null when it is no letter. */
  static Origin.@Nullable Buried read(Bytes json) {
    try {
      return new UnnotedLetter(json).read();
    } catch (IllegalArgumentException | DateTimeException | IndexOutOfBoundsException e) {
      return null; // nothing that the broker wrote
    }
  }

  private Origin.Buried read() {
    String topic = text("{\"topic\":");
    String subscriber = text(",\"subscriber\":");
    String key = text(",\"key\":");
    number(",\"attempts\":");
    text(",\"published\":");
    text(",\"died\":");
    text(",\"reason\":");
    int priority = number(",\"priority\":");
    boolean expires = json.at(at + 2) == 'e';
    Instant end = expires ? Instant.parse(text(",\"expires\":")) : null;
    expect(",\"payload\":");
    if (json.at(json.length() - 1) != '}' || at >= json.length() - 1) {
      throw new IllegalArgumentException("cut off");
    }
    boolean producers = !key.matches(BROKERS_KEY);
    return new Origin.Buried(
        topic,
        subscriber,
        producers ? Bytes.utf8(key) : null,
        producers ? UNKNOWN_VERSION : 0,
        priority,
        end,
        at,
        null);
  }

  private void expect(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (json.at(at++) != text.charAt(i)) {
        throw new IllegalArgumentException("not a letter");
      }
    }
  }

  private int number(String field) {
    expect(field);
    int from = at;
    while (json.at(at) >= '0' && json.at(at) <= '9') {
      at++;
    }
    return Integer.parseInt(new Bytes(json.array(), json.offset() + from, at - from).text());
  }

  private String text(String field) {
    expect(field + '"');
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (byte c = json.at(at++); c != '"'; c = json.at(at++)) {
      text.write(c == '\\' ? escaped() : c);
    }
    return text.toString(UTF_8);
  }

  private int escaped() {
    byte c = json.at(at++);
    if (c != 'u') {
      return c;
    }
    String digits = new Bytes(json.array(), json.offset() + at, 4).text();
    at += digits.length();
    return Integer.parseInt(digits, 16); // below 0x20: nothing else is written so
  }
}
