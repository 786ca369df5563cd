package io.ppmq.cli.conformance;

import io.ppmq.message.GoDuration;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The duties of a client as a producer. A task makes it publish, and report the outcome in a nack.
 */
final class PublishSteps {
  private static final List<String> PASSING =
      List.of("topic-full", "disk-full", "unavailable", "stopping");
  private static final List<String> FINAL =
      List.of("unknown-topic", "denied", "malformed", "too-large", "a-code-of-tomorrow");

  private final PlayedBroker broker;

  PublishSteps(PlayedBroker broker) {
    this.broker = broker;
  }

  /** Pushes the task and returns the client's statement about it: outcomes, with ", " between. */
  private String outcome(Map<String, Object> task, Outcomes.Publishes publishes)
      throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(task));
    return new Outcomes(broker, keys).await(publishes).nacked(keys.get(0)).reason();
  }

  private static void expect(String outcome, String wanted) throws Broken {
    Broken.unless(outcome.equals(wanted), "it says \"" + outcome + "\", not \"" + wanted + "\"");
  }

  private static void check(Word word) throws Broken {
    Broken.unless(word.isConfirmWanted(), "it publishes without Confirm");
    String topic = word.value().text("Topic");
    Broken.unless(topic.equals(PlayedBroker.RESULTS), "it publishes to topic \"" + topic + "\"");
  }

  String publish() throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(Task.publishEach(List.of("hello"))));
    Outcomes outcomes = new Outcomes(broker, keys);
    Word word = broker.next("value with Messages");
    while (!word.value().has("Messages")) {
      outcomes.take(word, Word::confirm);
      word = broker.next("value with Messages");
    }
    check(word);
    outcomes.during(Duration.ofMillis(300));
    Broken.unless(
        outcomes.of(keys.get(0)) == null, "it reports a message as stored before the confirm");
    word.confirm();
    expect(outcomes.await().nacked(keys.get(0)).reason(), "ok");
    return "";
  }

  String messageFields() throws Broken, IOException, InterruptedException {
    Map<String, ?> first =
        Map.of(
            "Payload", "a",
            "Key", "k",
            "Priority", 2,
            "Expires", "2035-01-02T03:04:05.25Z",
            "Delay", "90s");
    Map<String, ?> second = Map.of("Payload", "b", "NotBefore", "2034-05-06T07:08:09Z");
    List<Value> got = new ArrayList<>();
    String outcome =
        outcome(
            Task.publish(List.of(List.of(first, second))),
            word -> {
              got.addAll(word.value().values("Messages"));
              word.confirm();
            });
    expect(outcome, "ok");
    Broken.unless(got.size() == 2, "two messages of one value came as " + got.size());
    Value one = got.get(0);
    same("Payload", one.get("Payload"), "a");
    same("Key", one.get("Key"), "k");
    same("Priority", one.text("Priority"), "2");
    moment("Expires", one, "2035-01-02T03:04:05.25Z");
    Broken.unless(
        isDuration(one.text("Delay"), Duration.ofSeconds(90)),
        "Delay is \"" + one.text("Delay") + "\", not 90s");
    moment("NotBefore", got.get(1), "2034-05-06T07:08:09Z");
    return "";
  }

  private static void same(String name, @Nullable Object got, @Nullable Object wanted)
      throws Broken {
    Broken.unless(Objects.equals(got, wanted), name + " is not the given value");
  }

  private static void moment(String name, Value message, String wanted) throws Broken {
    String got = message.text(name);
    boolean equal;
    try {
      equal = OffsetDateTime.parse(got).isEqual(OffsetDateTime.parse(wanted));
    } catch (DateTimeException e) {
      equal = false;
    }
    Broken.unless(equal, name + " is \"" + got + "\", not " + wanted);
  }

  static boolean isDuration(String text, Duration wanted) {
    try {
      return GoDuration.parse(text).equals(wanted);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  String payloads() throws Broken, IOException, InterruptedException {
    for (String json :
        List.of(
            "{\"a\":[1,-2,true,false,null,{}],\"A\":\"b\"}",
            "\"<b> R&D \\\"é\\\" \\\\ \\u2028 \\ud834\\udd1e \\n\\u0001\"",
            "[[[]]]",
            "\"\"")) {
      Object payload = Objects.requireNonNull(Value.json(json));
      List<@Nullable Object> got = new ArrayList<>();
      String outcome =
          outcome(
              Task.publish(List.of(List.of(Map.of("Payload", payload)))),
              word -> {
                word.value().values("Messages").forEach(m -> got.add(m.get("Payload")));
                word.confirm();
              });
      expect(outcome, "ok");
      boolean equal = got.size() == 1 && Objects.equals(got.get(0), payload);
      Broken.unless(equal, "the payload " + json + " came as another value");
    }
    return "";
  }

  /** Answers no value before all have arrived; then the second one first. */
  String pipelined() throws Broken, IOException, InterruptedException {
    List<Word> values = new ArrayList<>();
    String outcome =
        outcome(
            Task.publishEach(List.of("first", "second", "third")),
            word -> {
              check(word);
              values.add(word);
              if (values.size() == 3) {
                values.get(1).refuse("topic-full");
                values.get(0).confirm();
                values.get(2).confirm();
              } else if (values.size() > 3) {
                word.refuse("topic-full"); // the client tries again by itself
              }
            });
    Broken.unless(values.size() >= 3, "it sent " + values.size() + " values of 3");
    for (int i = 0; i < 3; i++) {
      String payload = values.get(i).value().values("Messages").get(0).text("Payload");
      Broken.unless(
          payload.equals(List.of("first", "second", "third").get(i)), "values came out of order");
    }
    expect(outcome, "ok, topic-full, ok");
    return "";
  }

  String codes() throws Broken, IOException, InterruptedException {
    for (String code : FINAL) {
      expect(refused(code, false), code + " final");
    }
    for (String code : PASSING) {
      String outcome = refused(code, true);
      Broken.unless(
          outcome.equals(code) || outcome.equals("ok"),
          "it says \"" + outcome + "\", not \"" + code + "\": this refusal is temporary");
    }
    expect(refused("in-doubt", false), "in-doubt");
    return "";
  }

  /** The client's statement about a value that is refused once. */
  private String refused(String code, boolean mayComeAgain)
      throws Broken, IOException, InterruptedException {
    int[] values = {0};
    return outcome(
        Task.publishEach(List.of("x")),
        word -> {
          values[0]++;
          Broken.unless(values[0] == 1 || mayComeAgain, "it repeats a value refused as " + code);
          if (values[0] == 1) {
            word.refuse(code);
            if (code.equals("stopping") && !broker.isWorker(word.from())) {
              word.from().close();
            }
          } else {
            word.confirm();
          }
        });
  }

  String lost() throws Broken, IOException, InterruptedException {
    int[] values = {0};
    boolean[] shared = {false};
    String outcome =
        outcome(
            Task.publishEach(List.of("x")),
            word -> {
              values[0]++;
              shared[0] |= broker.isWorker(word.from());
              if (values[0] == 1 && !shared[0]) {
                word.from().close();
              } else {
                word.confirm();
              }
            });
    if (shared[0]) {
      return "it publishes over its subscribed connection";
    }
    Broken.unless(
        (outcome.equals("ok") && values[0] > 1) || outcome.equals("in-doubt"),
        "it says \""
            + outcome
            + "\" after "
            + values[0]
            + " values: neither sent again nor"
            + " in-doubt");
    return "";
  }
}
