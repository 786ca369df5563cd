package io.ppmq.load;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A value to publish. Its text is made once; each use writes only its numbers. */
final class ValueTemplate {
  private static final int CONFIRM_DIGITS = 12;
  private static final int KEY_DIGITS = 12;
  private static final String ZEROS = "0".repeat(CONFIRM_DIGITS);

  private final Shape shape;
  private final Payload payload;
  private final byte[] json;
  private final int confirmAt;
  private final int[] keysAt;
  private final int[] payloadsAt;

  /**
   * A value for one topic.
   *
   * @param end whether it is the last value of a producer: a single message with a unique key and
   *     the lowest priority, so that it is delivered last
   */
  ValueTemplate(String topic, Shape shape, Payload payload, boolean confirm, boolean end) {
    this.shape = shape;
    this.payload = payload;
    int messages = end ? 1 : shape.valueMessages();
    this.keysAt = new int[messages];
    this.payloadsAt = new int[messages];
    StringBuilder text = new StringBuilder("{\"Topic\":\"").append(topic).append('"');
    int confirmStart = -1;
    if (confirm) {
      confirmStart = text.append(",\"Confirm\":\"").length();
      text.append(ZEROS).append('"');
    }
    this.confirmAt = confirmStart;
    text.append(",\"Messages\":[");
    for (int i = 0; i < messages; i++) {
      append(text.append(i == 0 ? "" : ","), i, end);
    }
    this.json = text.append("]}\n").toString().getBytes(UTF_8);
  }

  private void append(StringBuilder text, int i, boolean end) {
    text.append('{');
    if (shape.keys() > 0) {
      keysAt[i] = text.append(end ? "\"Key\":\"e" : "\"Key\":\"k").length();
      text.append(ZEROS).append("\",");
    }
    payloadsAt[i] = text.append("\"Payload\":\"").length();
    text.append("x".repeat(shape.payloadBytes())).append('"');
    int priority = end ? shape.priorities() - 1 : i % shape.priorities();
    if (priority > 0) {
      text.append(",\"Priority\":").append(priority);
    }
    text.append('}');
  }

  /**
   * The value with these numbers; the same array each time.
   *
   * @param confirm the number that the answer repeats
   * @param first the number of the first message
   * @param firstKey the lowest key to use
   * @param stampNanos the due time of its messages
   */
  byte[] with(long confirm, long first, long firstKey, long stampNanos) {
    confirm(confirm);
    for (int i = 0; i < payloadsAt.length; i++) {
      if (shape.keys() > 0) {
        Digits.write(json, keysAt[i], KEY_DIGITS, firstKey + (first + i) % shape.keys());
      }
      payload.write(json, payloadsAt[i], first + i, stampNanos);
    }
    return json;
  }

  /** The last value of a producer. */
  byte[] end(long confirm, long key) {
    confirm(confirm);
    if (shape.keys() > 0) {
      Digits.write(json, keysAt[0], KEY_DIGITS, key);
    }
    payload.writeEnd(json, payloadsAt[0]);
    return json;
  }

  private void confirm(long confirm) {
    if (confirmAt >= 0) {
      Digits.write(json, confirmAt, CONFIRM_DIGITS, confirm);
    }
  }
}
