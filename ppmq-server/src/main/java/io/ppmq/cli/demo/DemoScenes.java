package io.ppmq.cli.demo;

import static java.util.stream.Collectors.joining;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.ReceivedMessage;
import io.ppmq.client.Refused;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The scenes of the demo, a method for each. */
final class DemoScenes {
  private static final int AWAY_MESSAGES = 1_000;
  private static final int KILL_MESSAGES = 20_000;
  private static final int VALUE_MESSAGES = 100;
  private static final Duration LIFE = Duration.ofMillis(300);
  private static final Pattern KEY = Pattern.compile("\"Key\":\"([^\"]+)\"");

  private final DemoBroker broker;
  private final DemoStage stage;

  DemoScenes(DemoBroker broker, DemoStage stage) {
    this.broker = broker;
    this.stage = stage;
  }

  /** The protocol as a program in any language uses it. */
  void wire() throws IOException, Failure {
    stage.scene("A message, byte for byte as it goes over the unix sockets");
    try (DemoWire wire = new DemoWire(broker.socket(), broker.socket("kitchen"))) {
      String publish =
          "{\"Topic\":\"orders\",\"Messages\":[{\"Payload\":\"tea\"}],\"Confirm\":\"1\"}";
      stage.say("producer to broker   " + publish);
      String confirm = wire.ask(publish);
      stage.say("broker to producer   " + confirm);
      String push = wire.push();
      stage.say("broker to kitchen    " + push);
      Matcher key = KEY.matcher(push);
      String ack =
          "{\"Topic\":\"orders\",\"Subscriber\":\"kitchen\",\"Acks\":[\""
              + (key.find() ? key.group(1) : "?")
              + "\"],\"Confirm\":\"2\"}";
      stage.say("kitchen to broker    " + ack);
      String acknowledged = wire.ask(ack);
      stage.say("broker to kitchen    " + acknowledged);
      stage.check(
          push.matches(
              "\\{\"topic\":\"orders\",\"subscriber\":\"kitchen\",\"messages\":\\[\\{\"Key\":\"[^\"]+\","
                  + "\"Payload\":\"tea\"}]}"),
          "delivered as documented");
    }
    checkNothingLeft("orders", "acknowledged: the queue is empty");
  }

  void priorities() throws Exception {
    stage.scene("Priorities: the urgent first, however late");
    List<OutgoingMessage> orders =
        List.of(order(1, "tea"), order(1, "cake"), order(0, "soup"), order(0, "bread"));
    publish("orders", orders);
    stage.say("kitchen is away; published: tea (1), cake (1), soup (0), bread (0)");
    List<ReceivedMessage> got = receive("kitchen", orders.size());
    stage.say("kitchen comes and gets: " + shown(got));
    stage.check(
        payloads(got).equals(List.of("soup", "bread", "tea", "cake")),
        "priority 0 before 1, in the order of publishing within each");
  }

  void dedupe() throws Exception {
    stage.scene("Dedupe: only the newest of each key");
    publish(
        "prices",
        List.of(
            OutgoingMessage.json("41.0").withKey("ACME"),
            OutgoingMessage.json("7.5").withKey("INIT"),
            OutgoingMessage.json("42.5").withKey("ACME")));
    stage.say("screen is away; published: ACME 41.0, INIT 7.5, ACME 42.5");
    List<ReceivedMessage> got = receive("screen", 2);
    stage.say(
        "screen comes and gets: "
            + got.stream().map(m -> m.key() + " " + m.payload()).collect(joining(", ")));
    stage.check(
        payloads(got).equals(List.of("42.5", "7.5")),
        "the newer ACME took the place of the older one");
  }

  void expiry() throws Exception {
    stage.scene("Expiry: an expired message is not delivered");
    Instant expires = Instant.now().plus(LIFE);
    publish(
        "offers",
        List.of(
            OutgoingMessage.text("lunch").withExpires(expires), OutgoingMessage.text("dinner")));
    stage.say("screen is away; published: lunch (expires in 300 ms), dinner");
    while (!Instant.now().isAfter(expires)) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    List<ReceivedMessage> got = receive("screen", 1);
    stage.say("300 ms later screen comes and gets: " + shown(got));
    stage.check(payloads(got).equals(List.of("dinner")), "lunch was never delivered");
    checkNothingLeft("offers", "and takes up no space");
  }

  void absence() throws Exception {
    stage.scene("A subscriber that was away gets everything");
    List<String> expected = IntStream.range(0, AWAY_MESSAGES).mapToObj(i -> "order " + i).toList();
    publish("orders", expected.stream().map(OutgoingMessage::text).toList());
    stage.say("kitchen is away; published: " + Format.grouped(AWAY_MESSAGES) + " orders");
    List<ReceivedMessage> got;
    long firstMillis;
    try (DemoInbox inbox = new DemoInbox(broker, "kitchen", stage)) {
      got = new ArrayList<>(inbox.take(1));
      firstMillis = inbox.millis();
      got.addAll(inbox.take(AWAY_MESSAGES - 1));
      stage.say(
          "kitchen's socket appears, which the broker notices: first message after "
              + firstMillis
              + " ms, all after "
              + inbox.millis()
              + " ms");
    }
    stage.check(payloads(got).equals(expected), "everything came, in order, once");
    checkNothingLeft("orders", "everything is acknowledged");
  }

  void kill() throws Exception {
    stage.scene("kill -9: confirmed messages are not lost");
    double publishSeconds = publishJournal();
    stage.say(
        "published and confirmed, each value synced to the disk: "
            + Format.grouped(KILL_MESSAGES)
            + " messages, "
            + rate(publishSeconds)
            + " a second");
    broker.kill();
    long readyMillis = broker.start();
    stage.say("kill -9, started again: ready after " + readyMillis + " ms");
    List<ReceivedMessage> got;
    long millis;
    try (DemoInbox inbox = new DemoInbox(broker, "archive", stage)) {
      got = inbox.take(KILL_MESSAGES);
      millis = inbox.millis();
    }
    stage.say(
        "archive comes: "
            + Format.grouped(got.size())
            + " messages delivered and acknowledged, "
            + rate(millis / 1e3)
            + " a second");
    List<String> expected = IntStream.range(0, KILL_MESSAGES).mapToObj(Integer::toString).toList();
    stage.check(payloads(got).equals(expected), "nothing lost, and in order");
    Set<String> keys = new HashSet<>(got.stream().map(ReceivedMessage::key).toList());
    stage.check(keys.size() == KILL_MESSAGES, "no key twice");
    checkNothingLeft("journal", "everything is acknowledged");
  }

  private static String rate(double seconds) {
    return Format.grouped(Math.round(KILL_MESSAGES / Math.max(0.001, seconds)));
  }

  private double publishJournal() throws Exception {
    long beginNanos = System.nanoTime();
    try (Publisher publisher = new Publisher(broker.socket())) {
      List<CompletableFuture<Void>> confirms = new ArrayList<>();
      for (int from = 0; from < KILL_MESSAGES; from += VALUE_MESSAGES) {
        Stream<OutgoingMessage> value =
            IntStream.range(from, from + VALUE_MESSAGES)
                .mapToObj(i -> OutgoingMessage.text(Integer.toString(i)));
        confirms.add(publisher.publishAsync("journal", value.toList()));
      }
      for (CompletableFuture<Void> confirm : confirms) {
        confirm.get();
      }
    }
    return (System.nanoTime() - beginNanos) / 1e9;
  }

  private static OutgoingMessage order(int priority, String what) {
    return OutgoingMessage.text(what).withPriority(priority);
  }

  private void publish(String topic, List<OutgoingMessage> messages)
      throws Refused, IOException, InterruptedException {
    try (Publisher publisher = new Publisher(broker.socket())) {
      publisher.publish(topic, messages);
    }
  }

  /** The messages that a subscriber gets when it starts now; it stops after {@code count}. */
  private List<ReceivedMessage> receive(String subscriber, int count)
      throws IOException, InterruptedException {
    DemoInbox inbox = new DemoInbox(broker, subscriber, stage);
    List<ReceivedMessage> got;
    try (inbox) {
      got = new ArrayList<>(inbox.take(count));
    }
    got.addAll(inbox.take(inbox.more()));
    return got;
  }

  private static List<String> payloads(List<ReceivedMessage> messages) {
    return messages.stream().map(ReceivedMessage::payloadText).toList();
  }

  private static String shown(List<ReceivedMessage> messages) {
    return String.join(", ", payloads(messages));
  }

  private void checkNothingLeft(String topic, String sentence) throws IOException, Failure {
    JsonTree stats = JsonTree.parse(broker.admin().get("/stats"));
    long left =
        stats.list("topics").stream()
            .filter(one -> one.text("topic").equals(topic))
            .flatMap(one -> one.list("subscribers").stream())
            .mapToLong(queue -> queue.count("backlog") + queue.count("inFlight"))
            .sum();
    stage.check(left == 0, sentence);
  }
}
