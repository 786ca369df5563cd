package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Expiry and late acknowledgements. */
class TimeIT extends SharedSite {
  private static final Duration SHORTLY = Duration.ofMillis(700);

  /** The lifetime of a message that is delivered before it expires, also on a busy machine. */
  private static final Duration A_WHILE = Duration.ofSeconds(2);

  private static final int SPACE_MESSAGES = 400;

  @Override
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topic("absent", "Expire: true")
            .topic("past", "Expire: true")
            .topic("ages", "MaxAge: 1s")
            .topic("ignored")
            .topic("holds-back", "Expire: true")
            .batch("holds-back", 1)
            .topic("not-again", "Expire: true")
            .topic("redelivered-late", "Expire: true", "AckRetry: 300ms")
            .topic("space", "Expire: true")
            .topic("punctual", "AckRetry: 300ms")
            .topic("due", "AckRetry: 2s", "Priorities: 2")
            .batch("due", 3)
            .topic("front", "AckRetry: 2s", "Priorities: 2")
            .batch("front", 2)
            .topic("late-ack", "AckRetry: 300ms")
            .topic("for-ever")
            .topicFor(List.of("for-ever"), "for-ever-timed", "AckRetry: 200ms");
    site = Site.started(storage, layout);
  }

  private static String until(Instant expires, String payload) {
    return "{\"Payload\":\"%s\",\"Expires\":\"%s\"}".formatted(payload, expires);
  }

  /** Waits until a broker, which counts in whole milliseconds, is past this time too. */
  private static void awaitTime(Instant time) throws Exception {
    Await.until("the time " + time, () -> Instant.now().isAfter(time.plusMillis(1)));
  }

  // ---- 4.5 ------------------------------------------------------------------------------------

  @Test
  void expiredMessageIsNotSent() throws Exception {
    Instant soon = Instant.now().plus(SHORTLY);
    peer.publish(
        "absent",
        Stream.of(
            until(soon, "1"),
            "{\"Payload\":\"2\"}",
            until(soon.plusSeconds(600), "3"),
            until(soon, "4")));
    awaitTime(soon);
    assertThat(site.subscriber("absent").next().payloads()).containsExactly("2", "3");
  }

  @Test
  void messageWithoutAnExpiryOfItsOwnIsNotSentWhenItIsTooOld() throws Exception {
    peer.publish("ages", "1");
    Instant stored = Instant.now();
    awaitTime(stored.plusSeconds(2).plusMillis(100)); // rounded up to a second
    peer.publish("ages", Stream.of(until(stored.plusSeconds(600), "2")));
    assertThat(site.subscriber("ages").next().payloads()).containsExactly("2");
  }

  @Test
  void messageThatIsExpiredWhenItComesIsAcceptedAndNotSent() throws Exception {
    SubscriberSocket subscriber = site.subscriber("past");
    peer.publish("past", Stream.of(until(Instant.now().minusSeconds(1), "1")));
    peer.publish("past", Stream.of(until(Instant.EPOCH, "2"), "{\"Payload\":\"3\"}"));
    assertThat(subscriber.next().payloads()).containsExactly("3");
  }

  @Test
  void expiryIsIgnoredWhereTheTopicHasNone() throws Exception {
    SubscriberSocket subscriber = site.subscriber("ignored");
    peer.publish("ignored", Stream.of(until(Instant.now().minusSeconds(1), "1")));
    assertThat(subscriber.next().payloads()).containsExactly("1");
  }

  @Test
  void messageThatExpiresWhileItIsOutHoldsBackNothing() throws Exception {
    SubscriberSocket subscriber = site.subscriber("holds-back");
    Instant soon = Instant.now().plus(A_WHILE);
    try (Pace pace = Pace.watch()) {
      peer.publish("holds-back", Stream.of(until(soon, "1"), "{\"Payload\":\"2\"}"));
      assertThat(subscriber.next().payloads()).containsExactly("1");
      Push next = subscriber.next();
      assertThat(next.payloads()).containsExactly("2");
      Instant came = Instant.now().minusNanos(System.nanoTime() - next.atNanos());
      assertThat(came).isAfter(soon).isBefore(soon.plusMillis(pace.bound(500)));
    }
  }

  @Test
  void messageThatExpiresWhileItIsOutIsNotRedelivered() throws Exception {
    SubscriberSocket subscriber = site.subscriber("not-again");
    Instant soon = Instant.now().plus(A_WHILE);
    peer.publish("not-again", Stream.of(until(soon, "1"), "{\"Payload\":\"2\"}"));
    assertThat(subscriber.next().payloads()).containsExactly("1", "2");
    awaitTime(soon);
    peer.reconnect("not-again");
    assertThat(subscriber.next().payloads()).containsExactly("2");
  }

  @Test
  void messageIsRedeliveredOnlyUntilItExpires() throws Exception {
    SubscriberSocket subscriber = site.subscriber("redelivered-late");
    Instant expires = Instant.now().plus(A_WHILE);
    peer.publish("redelivered-late", Stream.of(until(expires, "1")));
    List<Long> at = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      at.add(subscriber.next().atNanos());
    }
    awaitTime(expires);
    peer.publish("redelivered-late", "2");
    Push last = subscriber.next();
    while (last.payloads().equals(List.of("1"))) {
      at.add(last.atNanos());
      last = subscriber.next();
    }
    assertThat(last.payloads()).containsExactly("2");
    assertThat(at.size()).isLessThanOrEqualTo((int) (A_WHILE.toMillis() / 300) + 1);
  }

  @Test
  void expiredMessagesGiveTheirSpaceBackWithoutSubscriber() throws Exception {
    long before = spaceBytes();
    String payload = "%08d" + incompressible(100_000);
    peer.publish("space", Stream.of(until(Instant.now().plusSeconds(600), "stays")));
    Instant soon = publishedWhole(payload);
    if (storage == Storage.DIRECTORY) {
      assertThat(spaceBytes()).isGreaterThan(before + 20_000_000);
      Await.until("space given back", () -> spaceBytes() < before + 10_000_000);
    } else {
      // 40 MB would not fit twice into the heap
      awaitTime(soon);
      publish(payload, soon.plusSeconds(600));
    }
    assertThat(site.subscriber("space").next().messages()).isNotEmpty();
  }

  /**
   * Publishes 40 MB that expire soon, but not before all of it is stored; a busy machine needs
   * several tries. Returns the time of the expiry.
   */
  private Instant publishedWhole(String payload) throws Exception {
    for (Duration time = Duration.ofSeconds(3); ; time = time.multipliedBy(2)) {
      Instant soon = Instant.now().plus(time);
      publish(payload, soon);
      if (Instant.now().plusSeconds(1).isBefore(soon)) {
        return soon;
      }
    }
  }

  private void publish(String payload, Instant expires) throws Exception {
    for (int from = 0; from < SPACE_MESSAGES; from += 20) {
      peer.publish(
          "space",
          IntStream.range(from, from + 20).mapToObj(n -> until(expires, payload.formatted(n))));
    }
  }

  private static String incompressible(int length) {
    byte[] bytes = new byte[length * 3 / 4];
    new Random(1).nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private long spaceBytes() throws Exception {
    return storage == Storage.DIRECTORY ? site.dataBytes() : 0;
  }

  // ---- 4.6 ------------------------------------------------------------------------------------

  @Test
  void unacknowledgedMessageIsSentAgainWhenItsTimeIsUp() throws Exception {
    SubscriberSocket subscriber = site.subscriber("punctual");
    List<Long> millis = new ArrayList<>();
    try (Pace pace = Pace.watch()) {
      peer.publish("punctual", "a");
      Push last = subscriber.next();
      for (int i = 0; i < 9; i++) {
        Push next = subscriber.next();
        assertThat(next.attempts()).containsExactly(i + 2);
        millis.add(TimeUnit.NANOSECONDS.toMillis(next.atNanos() - last.atNanos()));
        last = next;
      }
      peer.acknowledge(last);
      long late = pace.longestWaitMillis(); // the delay of the thread that notes batches
      assertThat(millis.stream().sorted().toList().get(millis.size() / 2))
          .isBetween(295 - late, 300 + pace.bound(100));
      assertThat(millis).as("%s", millis).allMatch(m -> m > 250 - late);
    }
  }

  @Test
  void onlyWhatIsNotAcknowledgedIsSentAgainInItsOrder() throws Exception {
    SubscriberSocket subscriber = site.subscriber("due");
    peer.publish("due", "1", "2", "3", "4");
    Push first = subscriber.next();
    peer.acknowledge("due", "due", first.keys().subList(1, 2));
    Push second = subscriber.next();
    assertThat(second.payloads()).startsWith("1", "3");
    assertThat(second.attempts()).startsWith(2, 2);
    List<String> rest = new ArrayList<>(second.payloads());
    peer.acknowledge(second);
    if (rest.size() == 2) {
      rest.addAll(subscriber.takeAll(1, peer));
    }
    assertThat(rest).containsExactly("1", "3", "4");
  }

  @Test
  void whatIsSentAgainComesFirstInItsOwnPriority() throws Exception {
    SubscriberSocket subscriber = site.subscriber("front");
    peer.publish("front", 1, "1");
    Push first = subscriber.next();
    peer.publish("front", 1, "2");
    peer.publish("front", 0, "urgent");
    assertThat(first.payloads()).containsExactly("1");
    Push second = subscriber.next();
    assertThat(second.payloads()).containsExactly("urgent", "1");
    assertThat(second.attempts()).containsExactly(1, 2);
  }

  @Test
  void lateAckOfWhatWaitsToBeSentAgainIsHonoured() throws Exception {
    Push first;
    try (SubscriberSocket subscriber = site.subscriber("late-ack")) {
      peer.publish("late-ack", "1", "2");
      first = subscriber.next();
    }
    Instant due = Instant.now().plusMillis(600);
    awaitTime(due);
    peer.acknowledge("late-ack", "late-ack", first.keys().subList(0, 1));
    try (SubscriberSocket subscriber = site.subscriber("late-ack")) {
      Push again = subscriber.next();
      assertThat(again.payloads()).containsExactly("2");
      peer.acknowledge(again);
    }
  }

  @Test
  void withoutAckRetryTheBrokerWaitsForEver() throws Exception {
    SubscriberSocket subscriber = site.subscriber("for-ever");
    peer.publish("for-ever", "1");
    assertThat(subscriber.next().payloads()).containsExactly("1");
    peer.publish("for-ever-timed", "2");
    for (int i = 0; i < 5; i++) {
      assertThat(subscriber.next().topic()).isEqualTo("for-ever-timed");
    }
  }
}
