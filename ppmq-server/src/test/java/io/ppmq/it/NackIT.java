package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that a subscriber could not process, or for which it needs more time. */
class NackIT extends SharedSite {
  @Override
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topic("aside")
            .topic("at-once")
            .topic("by-hand")
            .topic("refused")
            .topic("deadly", "DeadLetter: grave")
            .topicFor(List.of(), "grave")
            .topic("extended", "AckRetry: 5s");
    site = Site.started(storage, layout);
  }

  private static String told(String topic, String rest) {
    return "{\"Topic\":\"%s\",\"Subscriber\":\"%s\",%s".formatted(topic, topic, rest);
  }

  private static String nacks(String topic, String key, String rest) {
    return told(topic, "\"Nacks\":[\"" + key + "\"]" + rest);
  }

  @Test
  void nackedMessageComesFirstAgainWhenItsTimeIsOver() throws Exception {
    try (SubscriberSocket subscriber = site.subscriber("aside");
        Peer peer = site.peer()) {
      peer.publish("aside", "1");
      Push first = subscriber.next();
      String key = first.messages().get(0).key();
      long nackedAt = System.nanoTime();
      peer.confirmed(nacks("aside", key, ",\"RetryAfter\":\"1s\""));
      peer.publish("aside", "2");
      assertThat(subscriber.next().payloads()).containsExactly("2");
      peer.publish("aside", "3");
      peer.confirmed(told("aside", "\"Command\":\"RECONNECT\""));
      Push again = subscriber.next();
      assertThat(again.payloads()).containsExactly("2", "3");
      peer.acknowledge(again);
      Push late = subscriber.next();
      assertThat(late.payloads()).containsExactly("1");
      assertThat(late.messages().get(0).attempt()).isEqualTo(2);
      assertThat(Duration.ofNanos(late.atNanos() - nackedAt)).isGreaterThan(Duration.ofMillis(999));
    }
  }

  @Test
  void commandsWarnOfKeysThatAreNotInFlight() throws Exception {
    try (SubscriberSocket subscriber = site.subscriber("by-hand");
        Peer peer = site.peer()) {
      peer.publish("by-hand", "1");
      String key = subscriber.next().messages().get(0).key();
      assertThat(Cli.run(site, "nack", "-t", "by-hand", "by-hand", key, "--retry-after=1h").err())
          .isEmpty();
      assertThat(Cli.run(site, "nack", "-t", "by-hand", "by-hand", key).err())
          .contains("warning: key " + key + " is not in flight", ": the nack had no effect");
      assertThat(Cli.run(site, "ack", "-t", "by-hand", "by-hand", key).err())
          .contains("unless its message waits to be sent again, the acknowledgement had no effect");
      assertThat(Cli.done(site, "peek", "by-hand")).isEmpty();
    }
  }

  @Test
  void nackWithZeroComesAtOnce() throws Exception {
    try (SubscriberSocket subscriber = site.subscriber("at-once");
        Peer peer = site.peer()) {
      peer.publish("at-once", "1");
      peer.confirmed(
          nacks("at-once", subscriber.next().messages().get(0).key(), ",\"RetryAfter\":\"0s\""));
      assertThat(subscriber.next().messages().get(0).attempt()).isEqualTo(2);
    }
  }

  @Test
  void wrongNacksAreRefused() throws Exception {
    try (Peer peer = site.peer()) {
      assertThat(peer.ask(nacks("refused", "k", ",\"RetryAfter\":\"24h1ms\"")))
          .contains("longer than 24 h");
      assertThat(peer.ask(nacks("refused", "k", ",\"RetryAfter\":\"-1s\""))).contains("negative");
      assertThat(peer.ask(nacks("refused", "k", ",\"Acks\":[\"k\"]")))
          .contains("a key is in two of Acks, Nacks and Extend");
      assertThat(peer.ask("{\"Topic\":\"refused\",\"Nacks\":[\"k\"]"))
          .contains("Nacks without a Subscriber");
      peer.confirmed(nacks("refused", "k", ""));
    }
  }

  @Test
  void nackForEverIsADeadLetterWithItsReason() throws Exception {
    try (SubscriberSocket subscriber = site.subscriber("deadly");
        Peer peer = site.peer()) {
      peer.publish("deadly", "1");
      String key = subscriber.next().messages().get(0).key();
      String reason = "no such host " + "ö".repeat(1000);
      peer.confirmed(
          nacks("deadly", key, ",\"RetryAfter\":\"never\",\"Reason\":\"" + reason + "\""));
      Await.until("it is a dead letter", () -> site.ask("GET /stats").contains("\"died\":1"));
      assertThat(Cli.done(site, "dead", "list", "--json"))
          .contains("no such host " + "ö".repeat(505))
          .doesNotContain("ö".repeat(506));
    }
  }

  @Test
  void extendBeginsAckRetryAgainAndTellsWhatIsGone() throws Exception {
    try (SubscriberSocket subscriber = site.subscriber("extended");
        Peer peer = site.peer()) {
      peer.publish("extended", "1");
      Push push = subscriber.next();
      String key = push.messages().get(0).key();
      Thread.sleep(1200);
      String asked = told("extended", "\"Extend\":[\"" + key + "\",\"gone\"],\"Confirm\":\"x\"}");
      peer.send(asked);
      assertThat(peer.line().strip()).isEqualTo("{\"confirm\":\"x\",\"gone\":[\"gone\"]}");
      Push again = subscriber.next();
      assertThat(Duration.ofNanos(again.atNanos() - push.atNanos()))
          .isGreaterThan(Duration.ofMillis(6100));
    }
  }
}
