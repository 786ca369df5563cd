package io.ppmq.wire;

import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one value and checks that they make a request. Of a field that is repeated
 * the last one counts; null and an empty name count as absent.
 */
final class RequestReader {
  private static final Set<String> COMMANDS =
      Set.of(Request.RECONNECT, Request.CONNECT, Request.SUBSCRIBE, Request.UNSUBSCRIBE);

  private final ValueCursor cursor;
  private final MessageReader messageReader;
  private @Nullable String topic;
  private List<Message> messages = List.of();
  private @Nullable String subscriber;
  private List<Bytes> acks = List.of();
  private @Nullable String command;
  private int batchSize;
  private int batchSizeStart;
  private boolean batchSizeGiven;
  private @Nullable String confirm;

  RequestReader(ValueCursor cursor, Limits limits, LongSupplier wallMillis) {
    this.cursor = cursor;
    this.messageReader = new MessageReader(cursor, limits.messageBytesMax(), wallMillis);
  }

  /** Reads the value to its end. */
  void read() throws IOException {
    cursor.next();
    int start = cursor.start();
    cursor.next();
    String name;
    while ((name = cursor.nextField()) != null) {
      field(name);
    }
    checkComplete(start);
  }

  private void field(String name) throws IOException {
    if (Names.match(name, "topic")) {
      topic = name("Topic");
    } else if (Names.match(name, "messages")) {
      messages = messageReader.messages();
    } else if (Names.match(name, "subscriber")) {
      subscriber = name("Subscriber");
    } else if (Names.match(name, "acks")) {
      acks = acks();
    } else if (Names.match(name, "command")) {
      command = command();
    } else if (Names.match(name, "batchsize")) {
      readBatchSize();
    } else if (Names.match(name, "confirm")) {
      confirm = cursor.text("Confirm", Limits.NAME_BYTES_MAX);
    } else {
      cursor.skip();
    }
  }

  private @Nullable String name(String field) throws IOException {
    String name = cursor.text(field, Limits.NAME_BYTES_MAX);
    return name == null || name.isEmpty() ? null : name;
  }

  private @Nullable String command() throws IOException {
    int start = cursor.start();
    String name = name("Command");
    if (name != null && !COMMANDS.contains(name)) {
      cursor.refuse(start, "unknown command " + ValueCursor.quoted(Bytes.utf8(name)));
    }
    return name;
  }

  /** Means something with SUBSCRIBE alone: whether it is right is looked at when all is read. */
  private void readBatchSize() throws IOException {
    batchSizeStart = cursor.start();
    boolean absent = cursor.token() == JsonToken.VALUE_NULL;
    boolean integer = cursor.token() == JsonToken.VALUE_NUMBER_INT;
    Bytes json = cursor.json();
    batchSize = integer ? ValueCursor.nearestInt(json) : 0;
    batchSizeGiven = !absent;
  }

  private List<Bytes> acks() throws IOException {
    if (cursor.token() != JsonToken.START_ARRAY) {
      if (cursor.token() != JsonToken.VALUE_NULL) {
        cursor.refuse(cursor.start(), "Acks must be an array");
      }
      cursor.skip();
      return List.of();
    }
    List<Bytes> keys = new ArrayList<>();
    PackedMessages packed = null;
    cursor.next();
    while (cursor.token() != JsonToken.END_ARRAY) {
      int start = cursor.start();
      Bytes key = cursor.string("a key in Acks", Message.KEY_BYTES_MAX);
      if (key == null) {
        cursor.refuse(start, "a key in Acks must be a string");
      } else if (keys.size() < PackedMessages.UNPACKED_MAX) {
        keys.add(key);
      } else {
        packed = packed == null ? PackedMessages.ofKeys(keys, cursor.array()) : packed;
        packed.addKey(key);
      }
    }
    cursor.next();
    return packed == null ? keys : packed.keys();
  }

  private void checkComplete(int start) {
    if (!messages.isEmpty() && topic == null) {
      cursor.refuse(start, "Messages without a Topic");
    }
    if (!acks.isEmpty() && topic == null) {
      cursor.refuse(start, "Acks without a Topic");
    }
    if (!acks.isEmpty() && subscriber == null) {
      cursor.refuse(start, "Acks without a Subscriber");
    }
    if (command != null && subscriber == null) {
      cursor.refuse(start, "a Command without a Subscriber");
    }
    if (isSubscribe() && batchSizeGiven && batchSize < 1) {
      cursor.refuse(batchSizeStart, "BatchSize must be a whole number of at least 1");
    }
  }

  private boolean isSubscribe() {
    return Request.SUBSCRIBE.equals(command);
  }

  /** What to repeat when it is refused: a SUBSCRIBE is answered then, whether it asks or not. */
  @Nullable String refusalConfirm() {
    return confirm == null && isSubscribe() ? "" : confirm;
  }

  /** What has been read. */
  Request request() {
    return new Request(topic, messages, subscriber, acks, command, batchSize, confirm);
  }
}
