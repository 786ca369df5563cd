package io.ppmq.wire;

import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.message.Rfc3339;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads the messages of one value. */
final class MessageReader {
  private static final Bytes EMPTY_STRING = Bytes.utf8("\"\"");
  private static final int TIME_BYTES_MAX = 256;

  private final ValueCursor cursor;
  private final int messageBytesMax;
  private final DelayReader delays;

  MessageReader(ValueCursor cursor, int messageBytesMax, LongSupplier wallMillis) {
    this.cursor = cursor;
    this.messageBytesMax = messageBytesMax;
    this.delays = new DelayReader(cursor, wallMillis);
  }

  List<Message> messages() throws IOException {
    List<Message> messages = new ArrayList<>();
    if (cursor.token() != JsonToken.START_ARRAY) {
      if (cursor.token() != JsonToken.VALUE_NULL) {
        cursor.refuse(cursor.start(), "Messages must be an array");
      }
      cursor.skip();
      return messages;
    }
    cursor.next();
    while (cursor.token() != JsonToken.END_ARRAY) {
      cursor.inMessage(messages.size());
      messages = PackedMessages.growing(messages, cursor.array(), EMPTY_STRING);
      messages.add(message());
    }
    cursor.afterMessages();
    cursor.next();
    return messages;
  }

  private Message message() throws IOException {
    Bytes key = null;
    Bytes payload = EMPTY_STRING;
    Instant expires = null;
    int priority = 0;
    if (cursor.token() != JsonToken.START_OBJECT) {
      cursor.refuse(cursor.start(), "a message must be an object");
      cursor.skip();
      return new Message(key, payload, expires, priority);
    }
    cursor.next();
    delays.begin();
    String name;
    while ((name = cursor.nextField()) != null) {
      if (Names.match(name, "key")) {
        key = key();
      } else if (Names.match(name, "payload")) {
        payload = payload();
      } else if (Names.match(name, "expires")) {
        expires = expires();
      } else if (Names.match(name, "priority")) {
        priority = priority();
      } else if (Names.match(name, "delay")) {
        delays.delay();
      } else if (Names.match(name, "notbefore")) {
        delays.notBefore();
      } else {
        cursor.skip();
      }
    }
    cursor.next();
    return new Message(key, payload, expires, priority, delays.end());
  }

  private @Nullable Bytes key() throws IOException {
    Bytes key = cursor.string("Key", Message.KEY_BYTES_MAX);
    return key == null || key.isEmpty() ? null : key;
  }

  private Bytes payload() throws IOException {
    int start = cursor.start();
    int quotes = cursor.token() == JsonToken.VALUE_STRING ? 2 : 0;
    Bytes payload = cursor.json();
    if (payload.length() - quotes > messageBytesMax) {
      cursor.refuse(
          start, ErrorCode.TOO_LARGE, "Payload is longer than " + messageBytesMax + " bytes");
    }
    return payload;
  }

  private @Nullable Instant expires() throws IOException {
    return time(cursor, "Expires");
  }

  /** A time; null if it is absent, null or the zero time. */
  static @Nullable Instant time(ValueCursor cursor, String field) throws IOException {
    int start = cursor.start();
    Bytes text = cursor.string(field, TIME_BYTES_MAX);
    if (text == null || text.isEmpty() || text.equals(Rfc3339.ZERO_TEXT)) {
      return null;
    }
    Instant time = Rfc3339.parse(text);
    if (time == null) {
      cursor.refuse(start, field + " is not an RFC 3339 time: " + ValueCursor.quoted(text));
    }
    return Rfc3339.ZERO.equals(time) ? null : time;
  }

  private int priority() throws IOException {
    int start = cursor.start();
    JsonToken token = cursor.token();
    Bytes json = cursor.json();
    boolean absent =
        token == JsonToken.VALUE_NULL || (token == JsonToken.VALUE_STRING && json.length() == 2);
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return ValueCursor.nearestInt(json);
    }
    if (!absent) {
      cursor.refuse(start, "Priority must be an integer");
    }
    return 0;
  }
}
