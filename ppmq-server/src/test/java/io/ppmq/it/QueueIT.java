package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Order, batches, keys and replacement. All tests share a broker; each has its own topics. To check
 * that nothing is sent, a test waits for a batch of another topic of the subscriber.
 */
class QueueIT extends SharedSite {
  @Override
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topic("fifo")
            .batch("fifo", 7)
            .topic("strict", "Priorities: 3")
            .batch("strict", 4)
            .topic("overtaking", "Priorities: 3")
            .batch("overtaking", 1)
            .topicFor(List.of("stuck", "quick"), "shared")
            .topic("one-out")
            .batch("one-out", 2)
            .topicFor(List.of("one-out"), "one-out-barrier")
            .topic("wait-1")
            .batch("wait-1", 1)
            .topicFor(List.of("wait-1"), "wait-2")
            .topic("soon")
            .topic("own-keys")
            .topic("unknown-acks")
            .topic("programs")
            .topic("unanswered")
            .batch("unanswered", 1000)
            .topic("keyed-programs", "Dedupe: true")
            .batch("keyed-programs", 200)
            .topic("sixes")
            .batch("sixes", 6)
            .topic("fifties")
            .batch("fifties", 0)
            .topic("big-batches")
            .batch("big-batches", 1000)
            .with("MaxBatchBytes: 10000");
    for (String dedupe : DEDUPE) {
      layout.topic(dedupe, "Dedupe: true", "Priorities: 3", "Expire: true");
      layout.topicFor(List.of(dedupe), dedupe + "-barrier");
    }
    layout.batch("better-place", 1).batch("waits", 1).batch("acked", 1);
    layout.topicFor(List.of("early", "late"), "per-subscriber", "Dedupe: true").batch("early", 1);
    site = Site.started(storage, layout);
  }

  private static final List<String> DEDUPE =
      List.of(
          "keeps-place",
          "higher",
          "better-place",
          "waits",
          "acked",
          "newest-again",
          "keyless",
          "no-mix",
          "new-expiry",
          "one-value");

  /** Publishes to another topic of the subscriber, and checks that its batch is the next one. */
  private void assertNothingIsSent(SubscriberSocket subscriber, String topic) throws Exception {
    peer.publish(topic + "-barrier", "barrier");
    Push push = subscriber.next();
    assertThat(push.topic()).as(push.text()).isEqualTo(topic + "-barrier");
    peer.acknowledge(push);
  }

  // ---- 4.1 ------------------------------------------------------------------------------------

  /** A program that connects, sends a value and ends without waiting. */
  private void runProgram(String value) throws Exception {
    try (SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()))) {
      channel.write(ByteBuffer.wrap(value.getBytes(UTF_8)));
    }
  }

  @Test
  void programsThatRunOneAfterAnotherKeepTheirOrder() throws Exception {
    for (int i = 0; i < 1600; i++) {
      runProgram("{\"Topic\":\"programs\",\"Messages\":[{\"Payload\":\"" + i + "\"}]}");
    }
    try (SubscriberSocket subscriber = site.subscriber("programs")) {
      assertThat(subscriber.takeAll(1600, peer))
          .containsExactlyElementsOf(IntStream.range(0, 1600).mapToObj(Integer::toString).toList());
    }
  }

  @Test
  void keyHasTheVersionOfTheProgramThatRanLast() throws Exception {
    for (int i = 0; i < 1600; i++) {
      String message = "{\"Key\":\"%d\",\"Payload\":\"%d\"}".formatted(i % 200, i);
      runProgram("{\"Topic\":\"keyed-programs\",\"Messages\":[" + message + "]}");
    }
    try (Peer last = site.peer()) {
      last.publish("keyed-programs", "last");
    }
    try (SubscriberSocket subscriber = site.subscriber("keyed-programs")) {
      assertThat(subscriber.takeAll(201, peer))
          .containsExactlyElementsOf(
              Stream.concat(
                      IntStream.range(1400, 1600).mapToObj(Integer::toString), Stream.of("last"))
                  .toList());
    }
  }

  @Test
  void programThatReadsNoAnswersIsReadToItsEndBeforeTheNextOne() throws Exception {
    int values = 1500; // more values than may wait for an answer
    for (int i = 0; i < 10; i++) {
      StringBuilder all = new StringBuilder();
      for (int j = 0; j < values; j++) {
        all.append("{\"Topic\":\"unanswered\",\"Confirm\":\"c\",\"Messages\":[{\"Payload\":\"")
            .append(i * values + j)
            .append("\"}]}");
      }
      runProgram(all.toString());
    }
    try (SubscriberSocket subscriber = site.subscriber("unanswered")) {
      assertThat(subscriber.takeAll(10 * values, peer))
          .containsExactlyElementsOf(
              IntStream.range(0, 10 * values).mapToObj(Integer::toString).toList());
    }
  }

  @Test
  void messagesOfOnePriorityComeInTheOrderTheyWerePublished() throws Exception {
    List<String> payloads = IntStream.range(0, 100).mapToObj(Integer::toString).toList();
    for (int i = 0; i < 50; i++) {
      peer.publish("fifo", payloads.get(i));
    }
    SubscriberSocket subscriber = site.subscriber("fifo");
    peer.publish("fifo", payloads.subList(50, 100).toArray(String[]::new));
    assertThat(subscriber.takeAll(100, peer)).isEqualTo(payloads);
  }

  @Test
  void higherPriorityAlwaysComesFirst() throws Exception {
    for (int i = 0; i < 30; i++) {
      peer.publish("strict", 2 - i % 3, (2 - i % 3) + "-" + i);
    }
    SubscriberSocket subscriber = site.subscriber("strict");
    List<String> expected =
        IntStream.range(0, 3)
            .boxed()
            .flatMap(
                p -> IntStream.range(0, 30).filter(i -> 2 - i % 3 == p).mapToObj(i -> p + "-" + i))
            .toList();
    assertThat(subscriber.takeAll(30, peer)).isEqualTo(expected);
  }

  @Test
  void higherPriorityOvertakesWhatIsQueuedButNotWhatIsOut() throws Exception {
    SubscriberSocket subscriber = site.subscriber("overtaking");
    peer.publish("overtaking", 1, "out");
    Push out = subscriber.next();
    peer.publish("overtaking", 1, "queued");
    peer.publish("overtaking", 2, "lowest");
    peer.publish("overtaking", 0, "urgent");
    peer.acknowledge(out);
    assertThat(out.payloads()).containsExactly("out");
    assertThat(subscriber.takeAll(3, peer)).containsExactly("urgent", "queued", "lowest");
  }

  @Test
  void subscriberThatReadsNothingSlowsNoOther() throws Exception {
    try (ServerSocketChannel stuck = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stuck.bind(UnixDomainSocketAddress.of(site.socketOf("stuck")));
      SubscriberSocket quick = site.subscriber("quick");
      String payload = "x".repeat(5000);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int from = i * 50;
        List<String> payloads =
            IntStream.range(from, from + 50).mapToObj(n -> n + payload).toList();
        expected.addAll(payloads);
        peer.publish("shared", payloads.toArray(String[]::new));
      }
      assertThat(quick.takeAll(1000, peer)).isEqualTo(expected);
    }
  }

  // ---- 4.2 ------------------------------------------------------------------------------------

  @Test
  void nextBatchWaitsUntilAllOfTheLastIsAcknowledged() throws Exception {
    SubscriberSocket subscriber = site.subscriber("one-out");
    peer.publish("one-out", "1", "2", "3", "4", "5");
    Push first = subscriber.next();
    assertThat(first.payloads()).containsExactly("1", "2");
    peer.acknowledge("one-out", "one-out", first.keys().subList(1, 2));
    assertNothingIsSent(subscriber, "one-out");
    peer.acknowledge("one-out", "one-out", first.keys().subList(0, 1));
    assertThat(subscriber.takeAll(3, peer)).containsExactly("3", "4", "5");
  }

  @Test
  void topicsDoNotWaitForEachOther() throws Exception {
    SubscriberSocket subscriber = site.subscriber("wait-1");
    peer.publish("wait-1", "a", "b");
    assertThat(subscriber.next().payloads()).containsExactly("a");
    peer.publish("wait-2", "c", "d");
    Push other = subscriber.next();
    assertThat(other.payloads()).containsExactly("c");
    peer.acknowledge(other);
    assertThat(subscriber.next().payloads()).containsExactly("d");
  }

  @Test
  void batchGoesOutAsSoonAsOneMessageIsThere() throws Exception {
    SubscriberSocket subscriber = site.subscriber("soon");
    List<Long> nanos = new ArrayList<>();
    try (Pace pace = Pace.watch()) {
      for (int i = 0; i < 20; i++) {
        long start = System.nanoTime();
        peer.publish("soon", "a");
        Push push = subscriber.next();
        nanos.add(push.atNanos() - start);
        peer.acknowledge(push);
      }
      assertThat(TimeUnit.NANOSECONDS.toMillis(median(nanos))).isLessThan(pace.bound(100));
    }
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  @Test
  void batchHoldsAsManyMessagesAsConfigured() throws Exception {
    assertThat(sizes("sixes", 14)).containsExactly(6, 6, 2);
  }

  /** A {@code BatchSize} of 0, which the Go package writes for an absent one. */
  @Test
  void batchHoldsFiftyMessagesUnlessConfigured() throws Exception {
    assertThat(sizes("fifties", 120)).containsExactly(50, 50, 20);
  }

  /** The sizes of the batches if this many messages wait for a subscriber that connects later. */
  private List<Integer> sizes(String topic, int count) throws Exception {
    peer.publish(
        topic, IntStream.range(0, count).mapToObj(Integer::toString).toArray(String[]::new));
    return drain(topic, count);
  }

  /** The sizes of the batches with this many messages. */
  private List<Integer> drain(String topic, int count) throws Exception {
    SubscriberSocket subscriber = site.subscriber(topic);
    List<Integer> sizes = new ArrayList<>();
    for (int got = 0; got < count; ) {
      Push push = subscriber.next();
      got += push.messages().size();
      sizes.add(push.messages().size());
      peer.acknowledge(push);
    }
    return sizes;
  }

  @Test
  void batchHoldsNoMorePayloadThanConfiguredButAtLeastOneMessage() throws Exception {
    String large = "x".repeat(4000);
    peer.publish("big-batches", large, large, large, "y".repeat(50_000), large);
    assertThat(drain("big-batches", 5)).containsExactly(2, 1, 1, 1);
  }

  // ---- 4.3 ------------------------------------------------------------------------------------

  @Test
  void withoutDedupeTheBrokerGivesEachMessageItsOwnKey() throws Exception {
    SubscriberSocket subscriber = site.subscriber("own-keys");
    peer.publishKeyed("own-keys", "k", "a");
    peer.publishKeyed("own-keys", "k", "b");
    peer.publish("own-keys", "c");
    List<Push.Received> received = new ArrayList<>();
    while (received.size() < 3) {
      Push push = subscriber.next();
      received.addAll(push.messages());
      peer.acknowledge(push);
    }
    assertThat(received.stream().map(Push.Received::key))
        .doesNotHaveDuplicates()
        .doesNotContain("k");
    assertThat(received.stream().map(Push.Received::payload))
        .containsExactly("\"a\"", "\"b\"", "\"c\"");
  }

  @Test
  void ackOfUnknownKeyAndSecondAckDoNothing() throws Exception {
    SubscriberSocket subscriber = site.subscriber("unknown-acks");
    peer.publish("unknown-acks", "a");
    Push first = subscriber.next();
    peer.acknowledge("unknown-acks", "unknown-acks", List.of("unknown", "", "1", "-1", "\\u0000"));
    peer.acknowledge(first);
    peer.acknowledge(first);
    peer.publish("unknown-acks", "b");
    Push second = subscriber.next();
    peer.acknowledge(first);
    peer.reconnect("unknown-acks");
    assertThat(second.payloads()).containsExactly("b");
    assertThat(subscriber.next().keys()).isEqualTo(second.keys());
  }

  // ---- 4.4 ------------------------------------------------------------------------------------

  @Test
  void newerMessageReplacesTheQueuedOneOfItsKeyInItsPlace() throws Exception {
    peer.publishKeyed("keeps-place", "a", "a1");
    peer.publishKeyed("keeps-place", "b", "b1");
    peer.publishKeyed("keeps-place", "a", "a2");
    peer.publishKeyed("keeps-place", "c", "c1");
    peer.publishKeyed("keeps-place", "b", "b2");
    peer.publishKeyed("keeps-place", "a", "a3");
    SubscriberSocket subscriber = site.subscriber("keeps-place");
    Push push = subscriber.next();
    assertThat(push.payloads()).containsExactly("a3", "b2", "c1");
    assertThat(push.keys()).containsExactly("a", "b", "c");
    peer.acknowledge(push);
    assertNothingIsSent(subscriber, "keeps-place");
  }

  @Test
  void messagesOfOneValueReplaceEachOtherToo() throws Exception {
    peer.publish(
        "one-value",
        Stream.of("a1", "b1", "a2")
            .map(p -> "{\"Key\":\"" + p.charAt(0) + "\",\"Payload\":\"" + p + "\"}"));
    assertThat(site.subscriber("one-value").next().payloads()).containsExactly("a2", "b1");
  }

  @Test
  void replacementWithHigherPriorityMovesToTheEndOfThatPriority() throws Exception {
    peer.publishKeyed("higher", "a", "a1", 2);
    peer.publishKeyed("higher", "b", "b1", 1);
    peer.publishKeyed("higher", "c", "c1", 2);
    peer.publishKeyed("higher", "a", "a2", 1);
    peer.publishKeyed("higher", "d", "d1", 1);
    Push push = site.subscriber("higher").next();
    assertThat(push.payloads()).containsExactly("b1", "a2", "d1", "c1");
    assertThat(push.messages().stream().map(Push.Received::priority)).containsExactly(1, 1, 1, 2);
  }

  @Test
  void replacementWithLowerPriorityKeepsItsBetterPlace() throws Exception {
    peer.publishKeyed("better-place", "x", "x1", 0);
    peer.publishKeyed("better-place", "a", "a1", 1);
    peer.publishKeyed("better-place", "b", "b1", 1);
    peer.publishKeyed("better-place", "a", "a2", 2);
    SubscriberSocket subscriber = site.subscriber("better-place");
    assertThat(subscriber.takeAll(3, peer)).containsExactly("x1", "a2", "b1");
  }

  @Test
  void messageWhoseOlderVersionIsOutIsQueuedAtTheEnd() throws Exception {
    SubscriberSocket subscriber = site.subscriber("waits");
    peer.publishKeyed("waits", "a", "a1");
    Push first = subscriber.next();
    peer.publishKeyed("waits", "b", "b1");
    peer.publishKeyed("waits", "a", "a2");
    assertNothingIsSent(subscriber, "waits");
    peer.acknowledge(first);
    assertThat(first.payloads()).containsExactly("a1");
    // the ack had an effect only on a1
    assertThat(subscriber.takeAll(2, peer)).containsExactly("b1", "a2");
  }

  @Test
  void messageWhoseOlderVersionIsAcknowledgedIsQueuedAtTheEnd() throws Exception {
    SubscriberSocket subscriber = site.subscriber("acked");
    peer.publishKeyed("acked", "a", "a1");
    peer.acknowledge(subscriber.next());
    peer.publishKeyed("acked", "b", "b1");
    peer.publishKeyed("acked", "c", "c1");
    peer.publishKeyed("acked", "a", "a2");
    assertThat(subscriber.takeAll(3, peer)).containsExactly("b1", "c1", "a2");
    assertNothingIsSent(subscriber, "acked");
  }

  @Test
  void onlyTheNewestVersionIsRedelivered() throws Exception {
    SubscriberSocket subscriber = site.subscriber("newest-again");
    peer.publish(
        "newest-again",
        Stream.of("a1", "b1")
            .map(p -> "{\"Key\":\"" + p.charAt(0) + "\",\"Payload\":\"" + p + "\"}"));
    assertThat(subscriber.next().payloads()).containsExactly("a1", "b1");
    peer.publishKeyed("newest-again", "a", "a2");
    peer.publishKeyed("newest-again", "a", "a3");
    peer.reconnect("newest-again");
    assertThat(subscriber.takeAll(2, peer)).containsExactlyInAnyOrder("a3", "b1");
    assertNothingIsSent(subscriber, "newest-again");
  }

  @Test
  void messageWithoutKeyReplacesNoOther() throws Exception {
    peer.publish("keyless", "1", "2");
    peer.publishKeyed("keyless", "", "3");
    peer.publishKeyed("keyless", "", "4");
    SubscriberSocket subscriber = site.subscriber("keyless");
    Push push = subscriber.next();
    assertThat(push.payloads()).containsExactly("1", "2", "3", "4");
    assertThat(push.keys()).doesNotHaveDuplicates().doesNotContain("");
    peer.reconnect("keyless");
    assertThat(subscriber.next().keys()).isEqualTo(push.keys());
  }

  @Test
  void keyThatTheBrokerGaveIsNoKeyOfProducers() throws Exception {
    peer.publish("no-mix", "1");
    SubscriberSocket subscriber = site.subscriber("no-mix");
    Push first = subscriber.next();
    String key = first.keys().get(0);
    // a producer that uses it all the same shares at most the key, and loses nothing
    peer.publishKeyed("no-mix", key, "mine");
    peer.acknowledge(first);
    assertThat(subscriber.takeAll(1, peer)).containsExactly("mine");
  }

  @Test
  void replacementBringsItsOwnExpiry() throws Exception {
    String past = "2020-01-02T03:04:05Z";
    String future = "2120-01-02T03:04:05Z";
    peer.publish("new-expiry", Stream.of(keyedUntil("a", "a1", future), keyedUntil("b", "b1", "")));
    peer.publish("new-expiry", Stream.of(keyedUntil("a", "a2", ""), keyedUntil("b", "b2", future)));
    peer.publish("new-expiry", Stream.of(keyedUntil("c", "c1", ""), keyedUntil("c", "c2", past)));
    Push push = site.subscriber("new-expiry").next();
    assertThat(push.payloads()).containsExactly("a2", "b2");
    assertThat(push.messages().stream().map(Push.Received::expires)).containsExactly("", future);
  }

  private static String keyedUntil(String key, String payload, String expires) {
    return "{\"Key\":\"%s\",\"Payload\":\"%s\",\"Expires\":\"%s\"}"
        .formatted(key, payload, expires);
  }

  @Test
  void replacementIsForEachSubscriberByItself() throws Exception {
    SubscriberSocket early = site.subscriber("early");
    peer.publishKeyed("per-subscriber", "a", "a1");
    peer.publishKeyed("per-subscriber", "b", "b1");
    Push first = early.next();
    assertThat(first.payloads()).containsExactly("a1");
    peer.publishKeyed("per-subscriber", "a", "a2");
    SubscriberSocket late = site.subscriber("late");
    assertThat(late.takeAll(2, peer)).containsExactly("a2", "b1");
    peer.acknowledge(first);
    assertThat(early.takeAll(2, peer)).containsExactly("b1", "a2");
  }
}
