package io.ppmq.spring;

import io.ppmq.client.OutgoingMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Carries the trace of a message in its payload, for a message has no headers: where the payload is
 * a JSON object, as its first member, an object of strings. Other payloads go as they are.
 */
final class TraceField {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");
  private static final Pattern MEMBER = Pattern.compile("\"([A-Za-z0-9_.-]+)\":\"([^\"\\\\]*)\"");
  private static final Pattern PLAIN_VALUE = Pattern.compile("[ !#-\\[\\]-~]*");

  private final String opening;

  /**
   * A field of this name.
   *
   * @throws IllegalArgumentException when the name has other characters than letters, digits, dots,
   *     hyphens and underscores
   */
  TraceField(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("ppmq.trace-field is not a plain name: " + name);
    }
    this.opening = "{\"" + name + "\":{";
  }

  /** The message with the trace in it, where it has a place for one. */
  OutgoingMessage put(Map<String, String> trace, OutgoingMessage message) {
    String payload = message.payload();
    if (trace.isEmpty() || !payload.startsWith("{")) {
      return message;
    }
    StringBuilder text = new StringBuilder(opening);
    String separator = "";
    for (Map.Entry<String, String> entry : trace.entrySet()) {
      if (NAME.matcher(entry.getKey()).matches()
          && PLAIN_VALUE.matcher(entry.getValue()).matches()) {
        text.append(separator).append('"').append(entry.getKey()).append("\":\"");
        text.append(entry.getValue()).append('"');
        separator = ",";
      }
    }
    String rest = payload.substring(1);
    text.append(rest.stripLeading().startsWith("}") ? "}" : "},").append(rest);
    return with(message, text.toString());
  }

  private static OutgoingMessage with(OutgoingMessage message, String payload) {
    OutgoingMessage copy = OutgoingMessage.json(payload).withPriority(message.priority());
    if (message.key() != null) {
      copy = copy.withKey(message.key());
    }
    if (message.expires() != null) {
      copy = copy.withExpires(message.expires());
    }
    if (message.delay() != null) {
      copy = copy.withDelay(message.delay());
    }
    if (message.notBefore() != null) {
      copy = copy.withNotBefore(message.notBefore());
    }
    return copy;
  }

  /** The trace that a payload carries; empty where there is none. */
  Map<String, String> in(String payload) {
    Map<String, String> trace = new LinkedHashMap<>();
    if (payload.startsWith(opening)) {
      Matcher member = MEMBER.matcher(payload);
      int at = opening.length();
      while (member.region(at, payload.length()).lookingAt()) {
        trace.put(member.group(1), member.group(2));
        at = member.end();
        if (at < payload.length() && payload.charAt(at) == ',') {
          at++;
        }
      }
    }
    return trace;
  }
}
