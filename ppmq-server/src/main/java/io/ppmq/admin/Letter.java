package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.message.Rfc3339;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a dead letter says: where its message comes from, and the message. */
final class Letter {
  /** The key of a message that had none of its own; it gets another when it is published again. */
  private static final String BROKERS_KEY = "ppmq-[0-9a-z]{8}-[0-9a-v]+";

  private static final JsonFactory FACTORY = new JsonFactory();

  private @Nullable String topic;
  private @Nullable String subscriber;
  private @Nullable String key;
  private @Nullable Bytes payload;
  private @Nullable Instant expires;
  private int priority;

  private Letter() {}

  /** Reads the payload of a message in a dead-letter topic; null when it is no dead letter. */
  static @Nullable Letter read(Bytes json) {
    Letter letter = new Letter();
    try (JsonParser parser = FACTORY.createParser(json.array(), json.offset(), json.length())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        letter.readField(parser, json);
      }
    } catch (IOException | DateTimeException e) {
      return null;
    }
    return letter.isWhole() ? letter : null;
  }

  private void readField(JsonParser parser, Bytes json) throws IOException {
    String field = parser.currentName();
    parser.nextToken();
    switch (field) {
      case "topic" -> topic = parser.getText();
      case "subscriber" -> subscriber = parser.getText();
      case "key" -> key = parser.getText();
      case "priority" -> priority = parser.getIntValue();
      case "expires" -> expires = Rfc3339.parse(Bytes.utf8(parser.getText()));
      case "payload" -> {
        int from = json.offset() + (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        int to = json.offset() + (int) parser.currentLocation().getByteOffset();
        payload = Bytes.utf8(new String(json.array(), from, to - from, UTF_8).strip());
      }
      default -> parser.skipChildren();
    }
  }

  private boolean isWhole() {
    return topic != null && subscriber != null && key != null && payload != null;
  }

  /** The topic the message comes from. */
  String topic() {
    return requireNonNull(topic);
  }

  /** The message as it was published. */
  Message message() {
    String known = requireNonNull(key);
    Bytes own = known.matches(BROKERS_KEY) ? null : Bytes.utf8(known);
    return new Message(own, requireNonNull(payload), expires, priority);
  }
}
