package io.ppmq.it;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch that a subscriber read.
 *
 * @param text the line, with its newline
 * @param atNanos the time at which its newline was read
 * @param life the number of brokers that had ended before the sender started
 */
record Push(
    String text, long atNanos, int life, String topic, String subscriber, List<Received> messages) {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * One message of a batch.
   *
   * @param payload as JSON text
   * @param expires empty if absent
   * @param attempt 1 if absent
   */
  record Received(String key, String payload, String expires, int priority, int attempt) {}

  /** Reads a line; unexpected content is an error. */
  static Push of(String text, long atNanos) throws IOException {
    String topic = "";
    String subscriber = "";
    List<Received> messages = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(text)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "topic" -> topic = parser.getText();
          case "subscriber" -> subscriber = parser.getText();
          case "messages" -> {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
              messages.add(message(parser, text));
            }
          }
          default -> throw new IOException("unexpected field " + name + " in " + text);
        }
      }
    }
    return new Push(text, atNanos, 0, topic, subscriber, List.copyOf(messages));
  }

  /** The same batch, sent in another life of the broker. */
  Push in(int otherLife) {
    return new Push(text, atNanos, otherLife, topic, subscriber, messages);
  }

  private static Received message(JsonParser parser, String text) throws IOException {
    String key = "";
    String payload = "";
    String expires = "";
    int priority = 0;
    int attempt = 1;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "Key" -> key = parser.getText();
        case "Payload" -> payload = raw(parser, text);
        case "Expires" -> expires = parser.getText();
        case "Priority" -> priority = parser.getIntValue();
        case "Attempt" -> attempt = parser.getIntValue();
        default -> throw new IOException("unexpected field " + name + " in " + text);
      }
    }
    return new Received(key, payload, expires, priority, attempt);
  }

  private static String raw(JsonParser parser, String text) throws IOException {
    int from = (int) parser.currentTokenLocation().getCharOffset();
    parser.finishToken();
    parser.skipChildren();
    int to = (int) parser.currentLocation().getCharOffset();
    return text.substring(from, to).strip();
  }

  List<String> keys() {
    return messages.stream().map(Received::key).toList();
  }

  /** The payloads, strings without their quotes. */
  List<String> payloads() {
    return messages.stream().map(message -> message.payload().replaceAll("^\"|\"$", "")).toList();
  }

  List<Integer> attempts() {
    return messages.stream().map(Received::attempt).toList();
  }
}
