package io.ppmq.cli.conformance;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The duties of a client as a subscriber. */
final class SubscribeSteps {
  private static final long PAUSE_MILLIS_MIN = 20;
  private static final int CONNECTS_MAX = 20;

  private final PlayedBroker broker;

  SubscribeSteps(PlayedBroker broker) {
    this.broker = broker;
  }

  /** The first step: before it there is no worker. */
  String subscribe() throws Broken, IOException, InterruptedException {
    Word first = broker.nextCommand();
    String subscriber = first.value().text("Subscriber");
    Broken.unless(
        subscriber.equals(PlayedBroker.SUBSCRIBER),
        "it subscribes as \"" + subscriber + "\", not as \"" + PlayedBroker.SUBSCRIBER + "\"");
    first.refuse("unavailable");
    long refused = System.nanoTime();
    Word again = broker.nextCommand();
    long pauseMillis = (System.nanoTime() - refused) / 1_000_000;
    Broken.unless(
        pauseMillis >= PAUSE_MILLIS_MIN, "it came again after " + pauseMillis + " ms, no pause");
    broker.worker(again.from());
    List<String> keys = broker.push(List.of(Task.ack())); // may come before the answer
    again.confirm();
    new Outcomes(broker, keys).await().acked(keys.get(0));
    return "";
  }

  String batch() throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(Task.ack(), Task.ack(), Task.ack()));
    Outcomes outcomes = new Outcomes(broker, keys).await();
    for (String key : keys) {
      outcomes.acked(key);
    }
    return "";
  }

  String pieces() throws Broken, IOException, InterruptedException {
    Peer worker = broker.worker();
    List<String> keys = List.of(broker.key(), broker.key(), broker.key());
    String first = PlayedBroker.batch(PlayedBroker.TASKS, List.of(message(keys.get(0))));
    worker.write(first.substring(0, first.length() / 2));
    Thread.sleep(100);
    String rest = first.substring(first.length() / 2);
    worker.write(rest.substring(0, rest.length() - 1));
    Thread.sleep(100);
    worker.write(
        "\n"
            + PlayedBroker.batch(PlayedBroker.TASKS, List.of(message(keys.get(1))))
            + PlayedBroker.batch("more", List.of(message(keys.get(2)))));
    Outcomes outcomes = new Outcomes(broker, keys).await();
    for (String key : keys) {
      outcomes.acked(key);
    }
    return "";
  }

  private static Map<String, Object> message(String key) {
    return PlayedBroker.message(key, Task.ack());
  }

  String fields() throws Broken, IOException, InterruptedException {
    String key = broker.key();
    Map<String, Object> message = new LinkedHashMap<>(message(key));
    message.put("Expires", "9999-12-31T23:59:59.123456789-05:00");
    message.put("Priority", 2);
    message.put("Attempt", 3);
    message.put("Added", Map.of("later", List.of(1, "x")));
    broker.worker().write(PlayedBroker.batch(PlayedBroker.TASKS, List.of(message)));
    new Outcomes(broker, List.of(key)).await().acked(key);
    return "";
  }

  String large() throws Broken, IOException, InterruptedException {
    Map<String, Object> task = Task.ack();
    task.put("filling", "ü€𝄞\"\\\u0001".repeat(100_000));
    List<String> keys = broker.push(List.of(task));
    new Outcomes(broker, keys).await().acked(keys.get(0));
    return "";
  }

  String nack() throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(Task.nack("no such host", "30s")));
    Outcomes.Outcome nack = new Outcomes(broker, keys).await().nacked(keys.get(0));
    Broken.unless(nack.reason().equals("no such host"), "the Reason is \"" + nack.reason() + "\"");
    Broken.unless(
        PublishSteps.isDuration(nack.retryAfter(), Duration.ofSeconds(30)),
        "RetryAfter is \"" + nack.retryAfter() + "\", not 30s");
    keys = broker.push(List.of(Task.nack("no file", "never")));
    nack = new Outcomes(broker, keys).await().nacked(keys.get(0));
    Broken.unless(
        nack.retryAfter().equals("never"),
        "RetryAfter is \"" + nack.retryAfter() + "\", not never");
    return "";
  }

  String fail() throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(Task.ack(), Task.fail("not today"), Task.ack()));
    Outcomes outcomes = new Outcomes(broker, keys).await();
    outcomes.acked(keys.get(0));
    outcomes.acked(keys.get(2));
    String reason = outcomes.nacked(keys.get(1)).reason();
    Broken.unless(reason.contains("not today"), "the Reason is \"" + reason + "\"");
    return "";
  }

  String extend() throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(Task.of("extend")));
    Outcomes outcomes = new Outcomes(broker, keys);
    Word extend = outcomes.extend();
    Broken.unless(
        extend.value().texts("Extend").equals(keys), "Extend does not name the message alone");
    extend.confirm();
    outcomes.await().acked(keys.get(0));
    return "";
  }

  String gone() throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(Task.of("extend")));
    Outcomes outcomes = new Outcomes(broker, keys);
    Word extend = outcomes.extend();
    Broken.unless(
        extend.isConfirmWanted(), "Extend without Confirm gets no answer about gone keys");
    extend.answer(Map.of("gone", keys));
    String reason = outcomes.await().nacked(keys.get(0)).reason();
    Broken.unless(reason.equals("gone"), "the Reason is \"" + reason + "\", not \"gone\"");
    return "";
  }

  String ackAgain() throws Broken, IOException, InterruptedException {
    List<String> keys = broker.push(List.of(Task.ack()));
    Word ack = broker.next("acknowledgement");
    while (!ack.value().texts("Acks").equals(keys)) {
      ack.confirm(); // of an earlier step
      ack = broker.next("acknowledgement");
    }
    if (!ack.isConfirmWanted()) {
      return "it does not ask for confirms of acknowledgements";
    }
    ack.refuse("unavailable");
    new Outcomes(broker, keys).await().acked(keys.get(0));
    return "";
  }

  /**
   * A client never sends the result of a message from a lost connection on another subscribed one.
   */
  String reconnect() throws Broken, IOException, InterruptedException {
    Peer lost = broker.worker();
    Map<String, Object> task = Task.ackAfter(500);
    List<String> keys = broker.push(List.of(task));
    Thread.sleep(100);
    lost.close();
    Outcomes outcomes = new Outcomes(broker, keys);
    long deadline = System.nanoTime() + PlayedBroker.LIMIT.toNanos();
    while (broker.isWorker(lost) || !broker.isServed()) {
      Broken.unless(System.nanoTime() < deadline, "it does not subscribe again");
      outcomes.during(Duration.ofMillis(20));
    }
    outcomes.during(Duration.ofSeconds(1));
    Outcomes.Outcome early = outcomes.of(keys.get(0));
    if (early != null) {
      Broken.unless(
          !broker.isWorker(early.from()),
          "a message of a lost connection is acknowledged on the next one, where the key may"
              + " name a newer version");
      return "";
    }
    Map<String, Object> again = PlayedBroker.message(keys.get(0), Task.ack());
    again.put("Attempt", 2);
    broker.worker().write(PlayedBroker.batch(PlayedBroker.TASKS, List.of(again)));
    outcomes.await().acked(keys.get(0));
    return "";
  }

  String backOff() throws Broken, IOException, InterruptedException {
    broker.worker();
    broker.shut(true);
    int before = broker.accepted();
    broker.closePeers();
    try {
      Thread.sleep(2_000);
    } finally {
      broker.shut(false);
    }
    int connects = broker.accepted() - before;
    Broken.unless(connects > 0, "it did not connect again within 2 s");
    Broken.unless(
        connects <= CONNECTS_MAX,
        "it connected " + connects + " times in 2 s: its pause does not grow");
    broker.worker();
    return batch();
  }

  /** The last step. */
  String stop() throws Broken, IOException, InterruptedException {
    List<String> keys = new ArrayList<>(broker.push(List.of(Task.of("stop"))));
    new Outcomes(broker, keys).await().acked(keys.get(0));
    long deadline = System.nanoTime() + PlayedBroker.LIMIT.toNanos();
    while (broker.isAnybodyConnected()) {
      Broken.unless(System.nanoTime() < deadline, "it does not close its connections");
      Word late = broker.next(Duration.ofMillis(20));
      if (late != null) {
        late.confirm();
      }
    }
    return "";
  }
}
