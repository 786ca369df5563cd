package io.ppmq.cli.conformance;

import io.ppmq.cli.output.JsonText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The duties of a broker towards its clients. The topic is empty, and no other worker has
 * subscribed.
 */
final class BrokerTrial {
  private final Path socket;
  private final String topic;
  private final String subscriber;

  BrokerTrial(Path socket, String topic, String subscriber) {
    this.socket = socket;
    this.topic = topic;
    this.subscriber = subscriber;
  }

  void run(Report report) throws InterruptedException {
    report.step("confirm", "answers with the string of Confirm", this::confirm);
    if (!report.isAllPassed()) {
      report.skip("rest", "all other steps", "published messages do not arrive");
      return;
    }
    report.step("values", "reads values in pieces, and two at once", this::values);
    report.step("names", "matches names without regard to case", this::names);
    report.step("silent", "answers no value without Confirm", this::silent);
    report.step("refusals", "refuses with a code, and continues", this::refusals);
    report.step("not-json", "closes on invalid JSON, after earlier values", this::notJson);
    report.step("whole", "stores all messages of a value or none", this::whole);
    report.step("subscribe", "pushes published messages in order", this::subscribe);
    report.step("batch", "pushes the next batch after the acknowledgement", this::batch);
    report.step("nack", "redelivers a nacked message when it is due", this::nack);
    report.step("extend", "answers which keys are gone", this::extend);
    report.step("redeliver", "redelivers when a worker's connection ends", this::redeliver);
    report.step("reconnect", "redelivers messages in flight on RECONNECT", this::reconnect);
    report.step("workers", "gives each worker its own batches", this::workers);
    report.step("unsubscribe", "pushes nothing after UNSUBSCRIBE", this::unsubscribe);
    report.step("delay", "holds a message back for its Delay", this::delay);
  }

  private PlayedClient client() throws IOException {
    return new PlayedClient(socket);
  }

  private Map<String, ?> publishing(List<?> payloads) {
    List<Map<String, ?>> messages = new ArrayList<>();
    payloads.forEach(payload -> messages.add(Map.of("Payload", payload)));
    return Map.of("Topic", topic, "Messages", messages);
  }

  private Map<String, ?> subscribing(int batchSize) {
    return Map.of("Subscriber", subscriber, "Command", "SUBSCRIBE", "BatchSize", batchSize);
  }

  private Map<String, ?> acks(List<Value> messages) {
    return saying("Acks", messages);
  }

  private Map<String, ?> saying(String what, List<Value> messages) {
    List<String> keys = messages.stream().map(message -> message.text("Key")).toList();
    return Map.of("Topic", topic, "Subscriber", subscriber, what, keys);
  }

  /**
   * Takes the waiting messages, so that the next step begins with an empty topic. Waits for this
   * many, and takes others that arrive soon.
   */
  private List<Value> drain(int expected) throws Broken, IOException, InterruptedException {
    List<Value> all = new ArrayList<>();
    try (PlayedClient worker = client()) {
      worker.write(JsonText.of(Map.of("Subscriber", subscriber, "Command", "SUBSCRIBE")));
      while (all.size() < expected || !worker.isSilent(Duration.ofMillis(300))) {
        Value batch = worker.next();
        if (batch == null) {
          throw new Broken("the connection of a worker ended");
        }
        Broken.unless(!batch.has("error"), "SUBSCRIBE was refused: " + batch.text("error"));
        all.addAll(batch.values("messages"));
        worker.write(JsonText.of(acks(batch.values("messages"))));
      }
      leave(worker);
    }
    return all;
  }

  /**
   * Unsubscribes first: a broker that has not noticed the end of a connection would still push to
   * it.
   */
  private void leave(PlayedClient worker) throws Broken, IOException, InterruptedException {
    worker.confirmed(Map.of("Subscriber", subscriber, "Command", "UNSUBSCRIBE"));
  }

  private String confirm() throws Broken, IOException, InterruptedException {
    try (PlayedClient client = client()) {
      for (String confirm : List.of("42", "", "é\u2028\"\\ 𝄞")) {
        client.write(
            JsonText.of(
                Map.of(
                    "Topic", topic,
                    "Messages", List.of(Map.of("Payload", "x")),
                    "Confirm", confirm)));
        Value answer = client.answer(confirm);
        Broken.unless(!answer.has("error"), "it was refused: " + answer.text("error"));
      }
    }
    Broken.unless(drain(3).size() == 3, "not every message that was confirmed was pushed");
    return "";
  }

  private String values() throws Broken, IOException, InterruptedException {
    try (PlayedClient client = client()) {
      client.write(" {\"Topic\":\"" + topic + "\",\"Mess");
      Thread.sleep(100);
      client.write("ages\":[{\"Payload\":\"a\"}],\"Confirm\":\"1\"}{\"Confirm\":\"2\"}\r\n\t");
      client.answer("1");
      client.answer("2");
    }
    Broken.unless(drain(1).size() == 1, "not every message that was confirmed was pushed");
    return "";
  }

  private String names() throws Broken, IOException, InterruptedException {
    try (PlayedClient client = client()) {
      client.write(
          "{\"tOPIC\":\"nowhere\",\"topic\":\""
              + topic
              + "\",\"Unknown\":{\"a\":[1]},\"MESSAGES\":"
              + "[{\"payload\":\"a\",\"new\":1}],\"confirm\":\"1\",\"Command\":null}");
      Value answer = client.answer("1");
      Broken.unless(!answer.has("error"), "it was refused: " + answer.text("error"));
    }
    List<Value> got = drain(1);
    Broken.unless(got.size() == 1 && got.get(0).text("Payload").equals("a"), "it was not pushed");
    return "";
  }

  private String silent() throws Broken, IOException, InterruptedException {
    try (PlayedClient client = client()) {
      client.write(JsonText.of(publishing(List.of("a"))));
      client.write("{\"Topic\":\"no such topic\",\"Messages\":[{\"Payload\":\"a\"}]}");
      Broken.unless(client.isSilent(Duration.ofMillis(300)), "it answers a value without Confirm");
      client.endOutput();
      Broken.unless(client.next() == null, "the connection does not end after the last value");
    }
    Broken.unless(drain(1).size() == 1, "a message published without Confirm is lost");
    return "";
  }

  private String refusals() throws Broken, IOException, InterruptedException {
    try (PlayedClient client = client()) {
      List<Map<String, String>> messages = List.of(Map.of("Payload", "a"));
      client.refused(Map.of("Topic", "no such topic", "Messages", messages), "unknown-topic");
      client.refused(
          Map.of("Subscriber", "nobody such", "Command", "RECONNECT"), "unknown-subscriber");
      client.refused(Map.of("Topic", topic, "Messages", "a"), "malformed");
      client.refused(Map.of("Messages", messages), "malformed");
      client.refused(Map.of("Subscriber", subscriber, "Command", "DANCE"), "malformed");
      client.refused(message("Delay", "soon"), "malformed");
      client.refused(message("Expires", "tomorrow"), "malformed");
      client.refused(
          Map.of(
              "Topic",
              topic,
              "Subscriber",
              subscriber,
              "Acks",
              List.of("k"),
              "Nacks",
              List.of("k")),
          "malformed");
      client.confirmed(Map.of());
    }
    return "";
  }

  private Map<String, ?> message(String field, String text) {
    return Map.of("Topic", topic, "Messages", List.of(Map.of("Payload", "a", field, text)));
  }

  private String notJson() throws Broken, IOException, InterruptedException {
    try (PlayedClient client = client()) {
      client.write(JsonText.of(publishing(List.of("before"))) + "]");
      Broken.unless(client.next() == null, "the connection does not end");
    }
    Broken.unless(drain(1).size() == 1, "the value before the invalid JSON was not carried out");
    return "";
  }

  private String whole() throws Broken, IOException, InterruptedException {
    try (PlayedClient client = client()) {
      client.refused(
          Map.of(
              "Topic",
              topic,
              "Messages",
              List.of(Map.of("Payload", "a"), Map.of("Payload", "b", "Delay", "x"))),
          "malformed");
    }
    Broken.unless(drain(0).isEmpty(), "a part of a refused value was stored");
    return "";
  }

  private String subscribe() throws Broken, IOException, InterruptedException {
    List<Object> payloads = new ArrayList<>();
    for (String json : List.of("\"a \\u2028é\"", "{\"a\":[1,-2,true,{}]}", "[\"b\"]")) {
      payloads.add(Objects.requireNonNull(Value.json(json)));
    }
    try (PlayedClient client = client()) {
      client.confirmed(publishing(payloads));
    }
    List<Value> got = drain(payloads.size());
    List<?> came = got.stream().map(message -> message.get("Payload")).toList();
    Broken.unless(came.equals(payloads), "payloads are missing, changed or out of order");
    Broken.unless(
        got.stream().map(message -> message.text("Key")).distinct().count() == 3,
        "two messages have the same key");
    Broken.unless(
        got.stream().noneMatch(message -> message.has("Attempt")),
        "a message has Attempt at its first delivery");
    return "";
  }

  private String batch() throws Broken, IOException, InterruptedException {
    try (PlayedClient worker = client()) {
      worker.confirmed(publishing(List.of("1", "2", "3", "4")));
      worker.write(JsonText.of(subscribing(2)));
      List<Value> first = worker.batch(2);
      worker.write(JsonText.of(acks(first.subList(1, 2))));
      Broken.unless(
          worker.isSilent(Duration.ofMillis(300)),
          "a batch came before the last one was acknowledged");
      worker.write(JsonText.of(acks(first.subList(0, 1))));
      List<Value> second = worker.batch(2);
      Broken.unless(second.get(0).text("Payload").equals("3"), "the messages are out of order");
      worker.confirmed(acks(second));
      leave(worker);
    }
    return "";
  }

  private String nack() throws Broken, IOException, InterruptedException {
    try (PlayedClient worker = client()) {
      worker.confirmed(publishing(List.of("1", "2")));
      worker.write(JsonText.of(subscribing(1)));
      List<Value> first = worker.batch(1);
      Map<String, Object> nack = new LinkedHashMap<>(saying("Nacks", first));
      nack.put("RetryAfter", "400ms");
      nack.put("Reason", "not yet");
      worker.write(JsonText.of(nack));
      List<Value> second = worker.batch(1);
      Broken.unless(
          second.get(0).text("Payload").equals("2"), "a nacked message holds up the next message");
      worker.write(JsonText.of(acks(second)));
      List<Value> again = worker.batch(1);
      Broken.unless(again.get(0).text("Attempt").equals("2"), "its Attempt is not 2");
      worker.confirmed(acks(again));
      leave(worker);
    }
    return "";
  }

  private String extend() throws Broken, IOException, InterruptedException {
    try (PlayedClient worker = client()) {
      worker.confirmed(publishing(List.of("1")));
      worker.write(JsonText.of(subscribing(1)));
      List<Value> batch = worker.batch(1);
      Broken.unless(
          worker.confirmed(saying("Extend", batch)).texts("gone").isEmpty(),
          "a message in flight is reported as gone");
      worker.confirmed(acks(batch));
      Broken.unless(
          worker.confirmed(saying("Extend", batch)).texts("gone").size() == 1,
          "an acknowledged message is not reported as gone");
      leave(worker);
    }
    return "";
  }

  private String redeliver() throws Broken, IOException, InterruptedException {
    try (PlayedClient lost = client()) {
      lost.confirmed(publishing(List.of("1", "2")));
      lost.write(JsonText.of(subscribing(2)));
      lost.write(JsonText.of(acks(lost.batch(2).subList(0, 1))));
    }
    List<Value> again = drain(1);
    Broken.unless(
        again.size() == 1 && again.get(0).text("Payload").equals("2"),
        "it did not redeliver exactly the unacknowledged message");
    Broken.unless(again.get(0).text("Attempt").equals("2"), "its Attempt is not 2");
    return "";
  }

  private String reconnect() throws Broken, IOException, InterruptedException {
    try (PlayedClient worker = client()) {
      worker.confirmed(publishing(List.of("1")));
      worker.write(JsonText.of(subscribing(1)));
      worker.batch(1);
      worker.write("{\"Subscriber\":\"" + subscriber + "\",\"Command\":\"RECONNECT\"}");
      List<Value> again = worker.batch(1);
      Broken.unless(again.get(0).text("Attempt").equals("2"), "its Attempt is not 2");
      worker.confirmed(acks(again));
      leave(worker);
    }
    return "";
  }

  private String workers() throws Broken, IOException, InterruptedException {
    try (PlayedClient one = client();
        PlayedClient two = client()) {
      one.confirmed(subscribing(1));
      two.confirmed(subscribing(1));
      try (PlayedClient producer = client()) {
        producer.confirmed(publishing(List.of("1", "2", "3")));
      }
      List<Value> first = one.batch(1);
      List<Value> second = two.batch(1);
      Broken.unless(
          !first.get(0).text("Key").equals(second.get(0).text("Key")),
          "a message is in flight with two workers");
      one.write(JsonText.of(acks(first)));
      List<Value> third = one.batch(1);
      two.confirmed(acks(second));
      one.confirmed(acks(third));
      leave(two);
      leave(one);
    }
    return "";
  }

  private String unsubscribe() throws Broken, IOException, InterruptedException {
    try (PlayedClient worker = client()) {
      worker.confirmed(subscribing(1));
      leave(worker);
      worker.confirmed(publishing(List.of("1")));
      Broken.unless(worker.isSilent(Duration.ofMillis(300)), "a batch came");
    }
    Broken.unless(drain(1).size() == 1, "the message is lost");
    return "";
  }

  private String delay() throws Broken, IOException, InterruptedException {
    try (PlayedClient worker = client()) {
      worker.confirmed(subscribing(1));
      long begin = System.nanoTime();
      worker.confirmed(message("Delay", "400ms"));
      List<Value> batch = worker.batch(1);
      long millis = (System.nanoTime() - begin) / 1_000_000;
      Broken.unless(millis >= 390, "it came after " + millis + " ms");
      worker.confirmed(acks(batch));
      leave(worker);
    }
    return "";
  }
}
