package io.ppmq.cli.conformance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The payloads that tell the client under test what to do with a message. */
final class Task {
  private Task() {}

  static Map<String, Object> of(String what) {
    Map<String, Object> task = new LinkedHashMap<>();
    task.put("do", what);
    return task;
  }

  static Map<String, Object> ack() {
    return of("ack");
  }

  static Map<String, Object> ackAfter(int millis) {
    Map<String, Object> task = of("ack");
    task.put("afterMillis", millis);
    return task;
  }

  static Map<String, Object> fail(String reason) {
    Map<String, Object> task = of("fail");
    task.put("reason", reason);
    return task;
  }

  static Map<String, Object> nack(String reason, String retryAfter) {
    Map<String, Object> task = of("nack");
    task.put("reason", reason);
    task.put("retryAfter", retryAfter);
    return task;
  }

  /** Publishes each list of messages as a value, all at once. */
  static Map<String, Object> publish(List<List<Map<String, ?>>> values) {
    Map<String, Object> task = of("publish");
    task.put("values", values);
    return task;
  }

  /** Publishes a value of one message for each payload. */
  static Map<String, Object> publishEach(List<String> payloads) {
    return publish(
        payloads.stream()
            .map(payload -> List.<Map<String, ?>>of(Map.of("Payload", payload)))
            .toList());
  }
}
