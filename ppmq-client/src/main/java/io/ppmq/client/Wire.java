package io.ppmq.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.net.ProtocolException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The JSON forms that client and broker exchange. Outgoing values are written without their outer
 * braces, because the connection adds the field that asks for the confirm. Incoming field names
 * match in any case and any order, and unknown fields are skipped.
 */
final class Wire {
  private static final Pattern OFFSET = Pattern.compile("([+-])(\\d\\d):(\\d\\d)$");

  /** The text that Go writes for "no time". */
  private static final Instant ZERO_TIME = Instant.parse("0001-01-01T00:00:00Z");

  /** The most keys that the broker takes in Nacks and Extend of one value; Acks have no limit. */
  static final int NACKS_MAX = 20_000;

  /** The most bytes of all keys that the broker takes in Extend of one value. */
  private static final int EXTEND_BYTES_MAX = 256 << 10;

  private Wire() {}

  /**
   * An answer of the broker: the value that it names, the reason if the value is not confirmed, and
   * the keys of {@code Extend} that are no longer out.
   */
  record Confirm(@Nullable String confirm, @Nullable String error, String code, List<String> gone) {
    /** The outcome of the value; null when it is confirmed. */
    @Nullable Exception failure() {
      if (error == null) {
        return null;
      }
      return code.equals(Unconfirmed.CODE) ? new Unconfirmed(error, null) : Refused.of(code, error);
    }
  }

  static String publish(String topic, Collection<OutgoingMessage> messages) {
    StringBuilder json = new StringBuilder(64 + 64 * messages.size());
    appendField(json, "Topic", topic).append(",\"Messages\":[");
    String separator = "";
    for (OutgoingMessage message : messages) {
      json.append(separator);
      appendMessage(json, message);
      separator = ",";
    }
    return json.append(']').toString();
  }

  static String acknowledge(String topic, String subscriber, Collection<String> keys) {
    return keys(topic, subscriber, "Acks", keys).toString();
  }

  static String nack(String topic, String subscriber, Collection<String> keys, Nack nack) {
    StringBuilder json = keys(topic, subscriber, "Nacks", keys);
    if (!nack.retryAfter().text().isEmpty()) {
      appendField(json.append(','), "RetryAfter", nack.retryAfter().text());
    }
    if (!nack.reason().isEmpty()) {
      appendField(json.append(','), "Reason", nack.reason());
    }
    return json.toString();
  }

  /** The keys in parts, each of which the broker takes in one nack. */
  static List<List<String>> nackable(Collection<String> keys) {
    return parts(keys, Long.MAX_VALUE);
  }

  static String extend(String topic, String subscriber, Collection<String> keys) {
    return keys(topic, subscriber, "Extend", keys).toString();
  }

  /** The keys in parts, each of which the broker takes in one {@code Extend}. */
  static List<List<String>> extendable(Collection<String> keys) {
    return parts(keys, EXTEND_BYTES_MAX);
  }

  /** Splits keys; there is one part at least, so that the broker is asked in any case. */
  private static List<List<String>> parts(Collection<String> keys, long bytesMax) {
    List<List<String>> parts = new ArrayList<>();
    List<String> part = new ArrayList<>();
    long bytes = 0;
    for (String key : keys) {
      int length = key.getBytes(UTF_8).length;
      if (part.size() == NACKS_MAX || (bytes + length > bytesMax && !part.isEmpty())) {
        parts.add(part);
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(key);
      bytes += length;
    }
    parts.add(part);
    return parts;
  }

  private static StringBuilder keys(
      String topic, String subscriber, String field, Collection<String> keys) {
    StringBuilder json = new StringBuilder(64 + 32 * keys.size());
    appendField(json, "Topic", topic).append(',');
    appendField(json, "Subscriber", subscriber).append(",\"").append(field).append("\":[");
    String separator = "";
    for (String key : keys) {
      appendString(json.append(separator), key);
      separator = ",";
    }
    return json.append(']');
  }

  static String reconnect(String subscriber, @Nullable String topic) {
    StringBuilder json = new StringBuilder(64);
    if (topic != null) {
      appendField(json, "Topic", topic).append(',');
    }
    appendField(json, "Subscriber", subscriber).append(',');
    return appendField(json, "Command", "RECONNECT").toString();
  }

  /** The values that subscribe a connection: one for all topics, or one for each given topic. */
  static List<String> subscribe(String subscriber, List<String> topics, int batchSize) {
    List<String> values = new ArrayList<>();
    for (String topic : topics.isEmpty() ? List.of("") : topics) {
      StringBuilder json = new StringBuilder(64);
      if (!topic.isEmpty()) {
        appendField(json, "Topic", topic).append(',');
      }
      appendField(json, "Subscriber", subscriber).append(',');
      appendField(json, "Command", "SUBSCRIBE");
      if (batchSize > 0) {
        json.append(",\"BatchSize\":").append(batchSize);
      }
      values.add(json.toString());
    }
    return values;
  }

  static String unsubscribe(String subscriber) {
    StringBuilder json = new StringBuilder(64);
    appendField(json, "Subscriber", subscriber).append(',');
    return appendField(json, "Command", "UNSUBSCRIBE").toString();
  }

  private static void appendMessage(StringBuilder json, OutgoingMessage message) {
    json.append('{');
    String key = message.key();
    if (key != null) {
      appendField(json, "Key", key).append(',');
    }
    json.append("\"Payload\":").append(message.payload());
    if (message.expires() != null) {
      json.append(",\"Expires\":\"").append(message.expires()).append('"');
    }
    if (message.priority() != 0) {
      json.append(",\"Priority\":").append(message.priority());
    }
    Duration delay = message.delay();
    if (delay != null) {
      json.append(",\"Delay\":\"").append(duration(delay)).append('"');
    }
    if (message.notBefore() != null) {
      json.append(",\"NotBefore\":\"").append(message.notBefore()).append('"');
    }
    json.append('}');
  }

  /** Formats a duration as Go does, in seconds: {@code 1.5s}. */
  static String duration(Duration duration) {
    BigDecimal seconds =
        BigDecimal.valueOf(duration.getSeconds()).add(BigDecimal.valueOf(duration.getNano(), 9));
    return (seconds.signum() == 0 ? "0" : seconds.stripTrailingZeros().toPlainString()) + "s";
  }

  static StringBuilder appendField(StringBuilder json, String name, String value) {
    appendString(json.append('"').append(name).append("\":"), value);
    return json;
  }

  /** Appends a JSON string. A lone surrogate, which UTF-8 cannot encode, becomes an escape. */
  static void appendString(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20 || isLoneSurrogate(text, i)) {
        json.append("\\u").append(HexFormat.of().toHexDigits(c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }

  /** Whether UTF-8 cannot encode the text. */
  static boolean hasLoneSurrogate(String text) {
    return IntStream.range(0, text.length()).anyMatch(i -> isLoneSurrogate(text, i));
  }

  private static boolean isLoneSurrogate(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }

  static Confirm readConfirm(JsonReader json) throws ProtocolException {
    String confirm = null;
    String error = null;
    String code = "";
    List<String> gone = new ArrayList<>();
    json.beginObject();
    while (json.nextField()) {
      switch (json.name().toLowerCase(Locale.ROOT)) {
        case "confirm" -> confirm = json.string();
        case "error" -> error = json.skipNull() ? null : json.string();
        case "code" -> code = json.skipNull() ? "" : json.string();
        case "gone" -> {
          json.beginArray();
          while (json.nextElement()) {
            gone.add(json.string());
          }
        }
        default -> json.skipValue();
      }
    }
    return new Confirm(confirm, error, code, gone);
  }

  static Batch readBatch(JsonReader json) throws ProtocolException {
    String topic = "";
    String subscriber = "";
    List<ReceivedMessage> messages = new ArrayList<>();
    json.beginObject();
    while (json.nextField()) {
      switch (json.name().toLowerCase(Locale.ROOT)) {
        case "topic" -> topic = json.string();
        case "subscriber" -> subscriber = json.string();
        case "messages" -> {
          json.beginArray();
          while (json.nextElement()) {
            messages.add(readMessage(json));
          }
        }
        default -> json.skipValue();
      }
    }
    if (topic.isEmpty() || subscriber.isEmpty()) {
      throw new ProtocolException("a batch that names no topic or no subscriber");
    }
    return new Batch(topic, subscriber, messages);
  }

  private static ReceivedMessage readMessage(JsonReader json) throws ProtocolException {
    String key = "";
    String payload = "\"\"";
    Instant expires = null;
    int priority = 0;
    int attempt = 1;
    json.beginObject();
    while (json.nextField()) {
      switch (json.name().toLowerCase(Locale.ROOT)) {
        case "key" -> key = json.string();
        case "payload" -> payload = json.rawValue();
        case "expires" -> expires = json.skipNull() ? null : readTime(json.string());
        case "priority" -> priority = json.integer();
        case "attempt" -> attempt = json.integer();
        default -> json.skipValue();
      }
    }
    if (key.isEmpty()) {
      throw new ProtocolException("a message without a key");
    }
    return new ReceivedMessage(key, payload, expires, priority, attempt);
  }

  /** Parses a time. Java accepts offsets up to 18 hours only; RFC 3339 allows up to a day. */
  private static Instant time(String text) {
    Matcher offset = OFFSET.matcher(text);
    if (!offset.find()) {
      return Instant.parse(text);
    }
    long seconds = 3600 * Long.parseLong(offset.group(2)) + 60 * Long.parseLong(offset.group(3));
    Instant local = Instant.parse(offset.replaceFirst("Z"));
    return offset.group(1).equals("+") ? local.minusSeconds(seconds) : local.plusSeconds(seconds);
  }

  private static @Nullable Instant readTime(String text) throws ProtocolException {
    if (text.isEmpty()) {
      return null;
    }
    try {
      Instant time = time(text);
      return time.equals(ZERO_TIME) ? null : time;
    } catch (DateTimeException e) {
      throw new ProtocolException("an expiry that is not an RFC 3339 time");
    }
  }
}
