package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.http.BadRequest;
import io.ppmq.message.Bytes;
import io.ppmq.topic.ExportPosition;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.PeekedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of a request after the question mark. */
final class Query {
  private final Map<String, String> values;

  private Query(Map<String, String> values) {
    this.values = values;
  }

  static Query parse(@Nullable String raw) throws BadRequest {
    Map<String, String> values = new LinkedHashMap<>();
    if (raw != null && !raw.isEmpty()) {
      for (String pair : raw.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals));
        if (values.put(name, equals < 0 ? "" : decode(pair.substring(equals + 1))) != null) {
          throw new BadRequest("a parameter is given twice: " + shown(name));
        }
      }
    }
    return new Query(values);
  }

  /** Refuses what is not UTF-8: a replacement character would name something else. */
  private static String decode(String text) throws BadRequest {
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes.put((byte) (hexDigit(text, i + 1) << 4 | hexDigit(text, i + 2)));
        i += 2;
      } else {
        bytes.put((byte) (c == '+' ? ' ' : c));
      }
    }
    try {
      return UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new BadRequest("a parameter is not UTF-8");
    }
  }

  private static int hexDigit(String text, int index) throws BadRequest {
    int digit = index < text.length() ? Character.digit(text.charAt(index), 16) : -1;
    if (digit < 0) {
      throw new BadRequest("a parameter is not URL-encoded");
    }
    return digit;
  }

  /** Shows a name only if it cannot spoil a terminal. */
  private static String shown(String name) {
    return name.matches("[\\w.-]{1,40}") ? name : "?";
  }

  /** Refuses all other parameters: a misspelt name must not stand for a default. */
  void allow(String... names) throws BadRequest {
    for (String name : values.keySet()) {
      if (!List.of(names).contains(name)) {
        throw new BadRequest("there is no parameter " + shown(name) + " here");
      }
    }
  }

  String required(String name) throws BadRequest {
    String value = values.getOrDefault(name, "");
    if (value.isEmpty()) {
      throw new BadRequest("the parameter " + name + " is missing");
    }
    return value;
  }

  /** The value of a parameter; null if it is absent or empty. */
  @Nullable String optional(String name) {
    String value = values.getOrDefault(name, "");
    return value.isEmpty() ? null : value;
  }

  /** The messages that the query selects. */
  PeekFilter filter() throws BadRequest {
    String priority = optional("priority");
    if (priority != null && !priority.matches("\\d{1,9}")) {
      throw new BadRequest("the parameter priority must be a number from 0");
    }
    String key = optional("key");
    return new PeekFilter(
        priority == null ? null : Integer.valueOf(priority),
        key == null ? null : Bytes.utf8(key),
        state(optional("state")));
  }

  /** The position where an export continues; the beginning if the query names none. */
  ExportPosition exportPosition() throws BadRequest {
    String after = optional("after");
    if (after == null) {
      return ExportPosition.START;
    }
    ExportPosition position = ExportForm.parse(after);
    if (position == null) {
      throw new BadRequest("the parameter after must be the value that the previous portion gave");
    }
    return position;
  }

  private static PeekedMessage.@Nullable State state(@Nullable String name) throws BadRequest {
    if (name == null) {
      return null;
    }
    return switch (name.replaceAll("[-_]", " ")) {
      case "queued", "waiting" -> PeekedMessage.State.QUEUED;
      case "in flight" -> PeekedMessage.State.IN_FLIGHT;
      case "redeliver", "redelivery" -> PeekedMessage.State.REDELIVER;
      case "nacked" -> PeekedMessage.State.NACKED;
      case "delayed" -> PeekedMessage.State.DELAYED;
      default ->
          throw new BadRequest(
              "the parameter state must be queued, in flight, redeliver, nacked or delayed");
    };
  }

  /** A priority of a topic with this number of priorities; 0 if the query names none. */
  int priority(int priorities) throws BadRequest {
    String text = optional("priority");
    if (text == null) {
      return 0;
    }
    int priority = text.matches("\\d{1,9}") ? Integer.parseInt(text) : priorities;
    if (priority >= priorities) {
      throw new BadRequest("the parameter priority must be from 0 to " + (priorities - 1));
    }
    return priority;
  }

  /** A number from 1 to {@code max}. */
  int number(String name, int otherwise, int max) throws BadRequest {
    String text = values.get(name);
    if (text == null) {
      return otherwise;
    }
    int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    if (number < 1 || number > max) {
      throw new BadRequest("the parameter " + name + " must be from 1 to " + max);
    }
    return number;
  }
}
