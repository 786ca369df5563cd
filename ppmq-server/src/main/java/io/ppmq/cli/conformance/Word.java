package io.ppmq.cli.conformance;

import io.ppmq.cli.output.JsonText;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A value of the client under test, and the way to answer it. */
record Word(Peer from, Value value) {
  private static final Logger LOG = LoggerFactory.getLogger(Word.class);

  boolean isConfirmWanted() {
    return value.has("Confirm");
  }

  void confirm() {
    answer(Map.of());
  }

  void refuse(String code) {
    answer(Map.of("error", "refused to test the client", "code", code));
  }

  /** Answers if the value asks for it; a client that is gone loses the answer. */
  void answer(Map<String, ?> fields) {
    boolean isRefusedSubscribe =
        value.text("Command").equals("SUBSCRIBE") && fields.containsKey("error");
    if (isConfirmWanted() || isRefusedSubscribe) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("confirm", value.text("Confirm"));
      answer.putAll(fields);
      try {
        from.write(JsonText.of(answer) + "\n");
      } catch (IOException e) {
        LOG.debug("an answer did not go out", e);
      }
    }
  }

  /** The names of the present fields. */
  @Override
  public String toString() {
    return Stream.of("Topic", "Messages", "Subscriber", "Acks", "Nacks", "Extend", "Command")
        .filter(value::has)
        .collect(Collectors.joining(", ", "a value with ", ""));
  }
}
