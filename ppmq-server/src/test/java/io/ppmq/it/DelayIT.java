package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Messages that are published now and queued later. */
class DelayIT extends SharedSite {
  @Override
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topic("moment")
            .topic("absolute")
            .topic("nothing-held")
            .topic("order", "Priorities: 2")
            .topic("none")
            .topic("refused", "Dedupe: true")
            .topic("thousand")
            .batch("thousand", 1000)
            .topic("expires", "Expire: true")
            .topic("full", "MaxMessages: 2", "WhenFull: reject")
            .topic("oldest", "MaxMessages: 2", "WhenFull: drop-oldest")
            .topicFor(List.of(), "nobody")
            .topic("seen", "Priorities: 2")
            .topic("purged")
            .topic("typed");
    site = Site.started(storage, layout);
  }

  private static String delayed(String payload, String delay) {
    return "{\"Payload\":\"%s\",\"Delay\":\"%s\"}".formatted(payload, delay);
  }

  private static String until(String payload, Instant moment) {
    return "{\"Payload\":\"%s\",\"NotBefore\":\"%s\"}".formatted(payload, moment);
  }

  private static String value(String topic, String... messages) {
    return "{\"Topic\":\"%s\",\"Messages\":[%s]".formatted(topic, String.join(",", messages));
  }

  private static Instant cameAt(Push push) {
    return Instant.now().minusNanos(System.nanoTime() - push.atNanos());
  }

  private String stats(String topic) throws Exception {
    String all = site.ask("GET /stats");
    int from = all.indexOf("{\"topic\":\"" + topic + "\"");
    int to = all.indexOf("{\"topic\":", from + 1);
    return all.substring(from, to < 0 ? all.length() : to);
  }

  // ---- moments --------------------------------------------------------------------------------

  @Test
  void delayedMessageComesWithinATenthOfASecondOfItsMomentAndNotBefore() throws Exception {
    SubscriberSocket subscriber = site.subscriber("moment");
    try (Pace pace = Pace.watch()) {
      Instant before = Instant.now();
      peer.publish("moment", Stream.of(delayed("later", "1s")));
      Instant after = Instant.now();
      Instant came = cameAt(subscriber.next());
      assertThat(came)
          .isAfterOrEqualTo(before.plusSeconds(1).minusMillis(1))
          .isBefore(after.plusSeconds(1).plusMillis(pace.bound(100)));
    }
  }

  @Test
  void momentCanBeATimeOfDay() throws Exception {
    SubscriberSocket subscriber = site.subscriber("absolute");
    try (Pace pace = Pace.watch()) {
      Instant moment = Instant.now().plusMillis(700);
      peer.publish("absolute", Stream.of(until("later", moment)));
      Instant came = cameAt(subscriber.next());
      assertThat(came)
          .isAfterOrEqualTo(moment.minusMillis(1))
          .isBefore(moment.plusMillis(pace.bound(100)));
    }
  }

  @Test
  void delayedMessageHoldsNothingUp() throws Exception {
    SubscriberSocket subscriber = site.subscriber("nothing-held");
    peer.publish("nothing-held", Stream.of(delayed("later", "1h"), "{\"Payload\":\"now\"}"));
    assertThat(subscriber.next().payloads()).containsExactly("now");
  }

  @Test
  void delayedMessagesOfAPriorityComeInTheOrderOfTheirMomentsThenOfStoring() throws Exception {
    InTime.tried(
        Duration.ofMillis(400),
        ahead -> {
          Instant moment = Instant.now().plus(ahead);
          Instant low = moment.minusMillis(9);
          peer.publish(
              "order",
              Stream.of(
                  until("4", moment.plusMillis(2)),
                  until("1", moment),
                  "{\"Payload\":\"low\",\"Priority\":1,\"NotBefore\":\"" + low + "\"}",
                  until("3", moment.plusMillis(1)),
                  until("2", moment)));
          boolean inTime = Instant.now().isBefore(low);
          Await.until("it is past", () -> Instant.now().isAfter(moment.plusMillis(200)));
          try (SubscriberSocket subscriber = site.subscriber("order")) {
            List<String> came = subscriber.takeAll(5, peer);
            if (inTime) {
              assertThat(came).containsExactly("1", "2", "3", "4", "low");
            }
          }
          return inTime;
        });
  }

  @Test
  void nothingPastOrZeroIsADelay() throws Exception {
    peer.publish(
        "none",
        Stream.of(
            delayed("1", "0s"),
            until("2", Instant.now().minusSeconds(1)),
            "{\"Payload\":\"3\",\"NotBefore\":\"0001-01-01T00:00:00Z\"}"));
    assertThat(site.subscriber("none").next().payloads()).containsExactly("1", "2", "3");
  }

  @Test
  void whatNoMessageCanHaveIsRefusedAsMalformed() throws Exception {
    String moment = Instant.now().plusSeconds(60).toString();
    for (String fields :
        List.of(
            "\"Delay\":\"1s\",\"NotBefore\":\"" + moment + "\"",
            "\"Delay\":\"-1s\"",
            "\"Delay\":\"1\"",
            "\"Delay\":\"90000h\"",
            "\"NotBefore\":\"" + Instant.now().plus(Duration.ofDays(3660)) + "\"",
            "\"NotBefore\":\"soon\"",
            "\"Key\":\"k\",\"Delay\":\"1s\"",
            "\"Key\":\"k\",\"NotBefore\":\"" + moment + "\"")) {
      assertThat(peer.refused(value("refused", "{}", "{" + fields + "}")))
          .as(fields)
          .isEqualTo("malformed");
    }
    peer.confirmed(value("refused", "{\"Key\":\"k\",\"Delay\":\"0s\",\"Payload\":\"1\"}"));
    peer.confirmed(value("refused", delayed("2", "1ms")));
    assertThat(site.subscriber("refused").takeAll(2, peer)).containsExactly("1", "2");
  }

  @Test
  void aThousandThatComeDueAtOnceComeWithinATenthOfASecond() throws Exception {
    SubscriberSocket subscriber = site.subscriber("thousand");
    InTime.tried(Duration.ofSeconds(2), ahead -> aThousandComeInTime(subscriber, ahead));
  }

  private boolean aThousandComeInTime(SubscriberSocket subscriber, Duration ahead)
      throws Exception {
    try (Pace pace = Pace.watch()) {
      Instant moment = Instant.now().plus(ahead);
      peer.publish("thousand", IntStream.range(0, 1000).mapToObj(i -> until("m" + i, moment)));
      boolean inTime = Instant.now().isBefore(moment);
      List<String> payloads = new ArrayList<>();
      while (payloads.size() < 1000) {
        Push push = subscriber.next();
        Instant came = cameAt(push);
        assertThat(came).isAfterOrEqualTo(moment.minusMillis(1));
        inTime &= came.isBefore(moment.plusMillis(pace.bound(100)));
        payloads.addAll(push.payloads());
        peer.acknowledge(push);
      }
      assertThat(payloads).isEqualTo(IntStream.range(0, 1000).mapToObj(i -> "m" + i).toList());
      return inTime;
    }
  }

  // ---- expiry and bounds ----------------------------------------------------------------------

  @Test
  void whatExpiresBeforeItsMomentIsAcceptedNeverSentAndCounted() throws Exception {
    SubscriberSocket subscriber = site.subscriber("expires");
    Instant soon = Instant.now().plusMillis(300);
    peer.publish(
        "expires",
        Stream.of(
            "{\"Payload\":\"1\",\"Delay\":\"500ms\",\"Expires\":\"" + soon + "\"}",
            delayed("2", "600ms")));
    assertThat(subscriber.next().payloads()).containsExactly("2");
    assertThat(stats("expires")).contains("\"delayedExpired\":1", "\"expired\":1");
  }

  @Test
  void delayedMessagesCountForTheBound() throws Exception {
    peer.confirmed(value("full", delayed("1", "1h"), delayed("2", "1h")));
    assertThat(peer.refused(value("full", "{}"))).isEqualTo("topic-full");
    assertThat(stats("full")).contains("\"retained\":2", "\"delayed\":2");
  }

  @Test
  void dropOldestNeverDropsDelayedMessages() throws Exception {
    peer.confirmed(value("oldest", delayed("1", "1500ms"), "{\"Payload\":\"2\"}"));
    peer.confirmed(value("oldest", "{\"Payload\":\"3\"}"));
    peer.confirmed(value("oldest", delayed("4", "1500ms")));
    assertThat(peer.refused(value("oldest", "{\"Payload\":\"5\"}"))).isEqualTo("topic-full");
    assertThat(site.subscriber("oldest").takeAll(2, peer)).containsExactly("1", "4");
  }

  @Test
  void whereNobodySubscribesAtTheMomentItIsDroppedAndCounted() throws Exception {
    peer.confirmed(value("nobody", delayed("1", "200ms"), delayed("2", "1h")));
    assertThat(stats("nobody")).contains("\"delayed\":");
    Await.until("dropped", () -> stats("nobody").contains("\"dropped\":1"));
    assertThat(stats("nobody")).contains("\"delayed\":1");
  }

  // ---- what is seen and taken out -------------------------------------------------------------

  @Test
  void delayedMessagesAreSeen() throws Exception {
    Instant moment = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.MILLIS);
    peer.publish("seen", Stream.of(delayed("second", "2h"), until("first", moment)));
    assertThat(stats("seen"))
        .contains("\"delayed\":2", "\"delayedBytes\":15", "\"nextDue\":\"" + moment + "\"");
    assertThat(Cli.done(site, "stats")).contains("delayed 2, next due " + moment);
    List<String> lines =
        Cli.done(site, "peek", "seen", "--state", "delayed").lines().collect(Collectors.toList());
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).contains("\"state\":\"delayed\"", "\"first\"", moment.toString());
    assertThat(Cli.done(site, "peek", "seen")).isEmpty();
  }

  @Test
  void purgeOfATopicTakesDelayedMessagesAndOfASubscriberDoesNot() throws Exception {
    peer.confirmed(value("purged", delayed("1", "1h"), "{\"Payload\":\"2\"}"));
    assertThat(Cli.done(site, "purge", "-t", "purged", "-s", "purged", "--yes"))
        .isEqualTo("purged, purged: 1 message dropped\n");
    assertThat(stats("purged")).contains("\"delayed\":1");
    assertThat(Cli.done(site, "purge", "-t", "purged", "--yes"))
        .isEqualTo("purged, purged: 0 messages dropped\npurged, (delayed): 1 message dropped\n");
    assertThat(stats("purged")).contains("\"delayed\":0", "\"nextDue\":null");
  }

  @Test
  void publishOfTheCommandLineDelays() throws Exception {
    SubscriberSocket subscriber = site.subscriber("typed");
    InTime.tried(
        Duration.ofSeconds(3),
        ahead -> {
          Instant moment = Instant.now().plus(ahead);
          Cli.done(site, "publish", "-t", "typed", "--not-before", moment.toString(), "second");
          Cli.done(site, "publish", "-t", "typed", "--delay", "10ms", "first");
          boolean inTime = Instant.now().plusMillis(10).isBefore(moment);
          List<String> came = subscriber.takeAll(2, peer);
          assertThat(Instant.now()).isAfterOrEqualTo(moment);
          if (inTime) {
            assertThat(came).containsExactly("first", "second");
          }
          return inTime;
        });
    for (List<String> wrong :
        List.of(
            List.of("--delay", "-1s"),
            List.of("--delay", "soon"),
            List.of("--not-before", "soon"),
            List.of("--delay", "1s", "--not-before", Instant.now().toString()))) {
      List<String> command = new ArrayList<>(List.of("publish", "-t", "typed"));
      command.addAll(wrong);
      command.add("x");
      assertThat(Cli.run(site, command.toArray(String[]::new)).status())
          .as("" + wrong)
          .isEqualTo(2);
    }
  }
}
