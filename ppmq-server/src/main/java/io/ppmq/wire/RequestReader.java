package io.ppmq.wire;

import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a value and checks that they make a request. The last one of a repeated field
 * counts; null and an empty name count as absent.
 */
final class RequestReader {
  private static final Set<String> COMMANDS =
      Set.of(Request.RECONNECT, Request.CONNECT, Request.SUBSCRIBE, Request.UNSUBSCRIBE);

  private final ValueCursor cursor;
  private final MessageReader messageReader;
  private @Nullable String topic;
  private List<Message> messages = List.of();
  private @Nullable String subscriber;
  private final KeysReader keys;
  private final NackReader nackReader;
  private List<Bytes> acks = List.of();
  private List<Bytes> nacks = List.of();
  private List<Bytes> extend = List.of();
  private @Nullable String command;
  private int batchSize;
  private int batchSizeStart;
  private boolean batchSizeGiven;
  private @Nullable String confirm;

  RequestReader(ValueCursor cursor, Limits limits, LongSupplier wallMillis) {
    this.cursor = cursor;
    this.keys = new KeysReader(cursor);
    this.nackReader = new NackReader(cursor);
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
      acks = keys.keys("Acks");
    } else if (Names.match(name, "nacks")) {
      nacks = keys.keys("Nacks");
    } else if (Names.match(name, "retryafter")) {
      nackReader.readRetryAfter();
    } else if (Names.match(name, "reason")) {
      nackReader.readReason();
    } else if (Names.match(name, "extend")) {
      extend = keys.keys("Extend");
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
      cursor.refuse(
          start,
          "unknown command "
              + ValueCursor.quoted(Bytes.utf8(name))
              + ": it must be RECONNECT, CONNECT, SUBSCRIBE or UNSUBSCRIBE");
    }
    return name;
  }

  /** Has an effect only with SUBSCRIBE, so it is checked after all fields are read. */
  private void readBatchSize() throws IOException {
    batchSizeStart = cursor.start();
    boolean absent = cursor.token() == JsonToken.VALUE_NULL;
    boolean integer = cursor.token() == JsonToken.VALUE_NUMBER_INT;
    Bytes json = cursor.json();
    batchSize = integer ? ValueCursor.nearestInt(json) : 0;
    batchSizeGiven = !absent;
  }

  private void checkComplete(int start) {
    if (!messages.isEmpty() && topic == null) {
      cursor.refuse(start, "Messages without a Topic");
    }
    checkKeys(start, "Acks", acks);
    checkKeys(start, "Nacks", nacks);
    checkKeys(start, "Extend", extend);
    keys.checkDistinct(start, acks, nacks, extend);
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

  /** The string to repeat in a refusal. A refused SUBSCRIBE is answered even without Confirm. */
  @Nullable String refusalConfirm() {
    return confirm == null && isSubscribe() ? "" : confirm;
  }

  private void checkKeys(int start, String field, List<Bytes> read) {
    if (!read.isEmpty() && topic == null) {
      cursor.refuse(start, field + " without a Topic");
    }
    if (!read.isEmpty() && subscriber == null) {
      cursor.refuse(start, field + " without a Subscriber");
    }
  }

  /** The resulting request. */
  Request request() {
    Request.Nacks told =
        nacks.isEmpty()
            ? Request.Nacks.NONE
            : new Request.Nacks(nacks, nackReader.retryAfterMillis(), nackReader.reason());
    return new Request(
        topic, messages, subscriber, acks, told, extend, command, batchSize, confirm);
  }
}
