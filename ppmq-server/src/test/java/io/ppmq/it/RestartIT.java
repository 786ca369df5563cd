package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The stored data after a restart, a kill, and changes of the configuration. */
class RestartIT {
  /** The ways in which a broker ends. */
  private enum End {
    STOPPED,
    KILLED
  }

  private Site site;

  private void start(Layout layout) throws Exception {
    site = Site.started(Storage.DIRECTORY, layout);
  }

  private void restart(End end) throws Exception {
    if (end == End.KILLED) {
      site.broker().kill();
    } else {
      assertThat(site.broker().terminate()).isZero();
    }
    site.start();
  }

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  // ---- 4.8 ------------------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(End.class)
  void whatWasSentAndNotAcknowledgedIsSentAgainFirstAndInOrder(End end) throws Exception {
    start(new Layout().topic("t", "Priorities: 2").batch("t", 4).topic("other"));
    Peer peer = site.peer();
    try (SubscriberSocket subscriber = site.subscriber("t")) {
      peer.publish("t", "1", "2", "3", "4", "5", "6");
      Push first = subscriber.next();
      assertThat(first.payloads()).containsExactly("1", "2", "3", "4");
      peer.acknowledge("t", "t", List.of(first.keys().get(0), first.keys().get(2)));
    }
    restart(end);
    SubscriberSocket subscriber = site.subscriber("t");
    Peer again = site.peer();
    Push push = subscriber.next();
    assertThat(push.payloads()).startsWith("2", "4");
    List<String> payloads = new ArrayList<>(push.payloads());
    again.acknowledge(push);
    payloads.addAll(subscriber.takeAll(4 - payloads.size(), again));
    assertThat(payloads).containsExactly("2", "4", "5", "6");
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void whatIsQueuedSurvivesAsItWas(End end) throws Exception {
    start(
        new Layout()
            .topic("plain", "Priorities: 2", "Expire: true")
            .topic("keyed", "Dedupe: true", "Priorities: 2"));
    Peer peer = site.peer();
    peer.publish(
        "plain",
        Stream.of(
            "{\"Payload\":[1,2]}",
            "{\"Payload\":\"é\\u00e9\",\"Priority\":1,\"Expires\":\"2120-01-02T03:04:05.6Z\"}",
            "{\"Payload\":\"gone\",\"Expires\":\"2020-01-02T03:04:05Z\"}"));
    peer.publishKeyed("keyed", "a", "a1", 1);
    peer.publishKeyed("keyed", "b", "b1", 1);
    peer.publishKeyed("keyed", "a", "a2", 1);
    restart(end);
    site.peer().publishKeyed("keyed", "b", "b2", 0);
    Push plain = site.subscriber("plain").next();
    assertThat(plain.text())
        .endsWith(
            "\"Payload\":[1,2]},{\"Key\":\"%s\",\"Payload\":\"é\\u00e9\",\"Expires\":\"2120-01-02T03:04:05.6Z\",\"Priority\":1}]}\n"
                .formatted(plain.keys().get(1)));
    Push keyed = site.subscriber("keyed").next();
    assertThat(keyed.payloads()).containsExactly("b2", "a2");
    assertThat(keyed.keys()).containsExactly("b", "a");
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void olderVersionThatWasOutIsNotSentAgainBesideItsNewer(End end) throws Exception {
    start(new Layout().topic("t", "Dedupe: true"));
    Peer peer = site.peer();
    try (SubscriberSocket subscriber = site.subscriber("t")) {
      peer.publishKeyed("t", "a", "a1");
      assertThat(subscriber.next().payloads()).containsExactly("a1");
      peer.publishKeyed("t", "b", "b1");
      peer.publishKeyed("t", "a", "a2");
    }
    restart(end);
    assertThat(site.subscriber("t").takeAll(2, site.peer())).containsExactlyInAnyOrder("a2", "b1");
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void keysAreUniqueAcrossRestarts(End end) throws Exception {
    start(new Layout().topic("t"));
    Set<String> keys = new HashSet<>();
    for (int round = 0; round < 3; round++) {
      Peer peer = site.peer();
      try (SubscriberSocket subscriber = site.subscriber("t")) {
        peer.publish("t", "1", "2", "3");
        Push push = subscriber.next();
        for (String key : push.keys()) {
          assertThat(keys.add(key)).as("key %s in round %d", key, round).isTrue();
        }
        peer.acknowledge(push);
      }
      restart(end);
    }
  }

  @Test
  void deadlinesStartAnewAfterRestart() throws Exception {
    start(new Layout().topic("t", "AckRetry: 1500ms"));
    Peer peer = site.peer();
    SubscriberSocket subscriber = site.subscriber("t");
    peer.publish("t", "1");
    subscriber.next();
    restart(End.KILLED);
    Push again = subscriber.next();
    Push retried = subscriber.next();
    assertThat(retried.atNanos() - again.atNanos()).isGreaterThan(750_000_000);
  }

  // ---- 4.9 ------------------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(End.class)
  void acknowledgedMessagesGiveTheirSpaceBack(End afterwards) throws Exception {
    String dedupe = afterwards == End.KILLED ? "Dedupe: true" : "Dedupe: false";
    start(new Layout().topic("t", dedupe).topicFor(List.of("waiting"), "kept"));
    Peer peer = site.peer();
    peer.publish("kept", "still here");
    SubscriberSocket subscriber = site.subscriber("t");
    byte[] bytes = new byte[75_000];
    new Random(1).nextBytes(bytes);
    String payload = Base64.getEncoder().encodeToString(bytes);
    long largest = 0;
    for (int i = 0; i < 40; i++) {
      int from = i * 10;
      peer.publish(
          "t",
          IntStream.range(from, from + 10)
              .mapToObj(n -> "{\"Key\":\"k%d\",\"Payload\":\"%d%s\"}".formatted(n, n, payload)));
      if (i % 20 == 19) {
        largest = Math.max(largest, site.dataBytes());
        subscriber.takeAll(200, peer);
      }
    }
    assertThat(largest).isGreaterThan(15_000_000);
    Await.until("space given back", () -> site.dataBytes() < 8_000_000);
    restart(afterwards);
    assertThat(site.subscriber("waiting").next().payloads()).containsExactly("still here");
  }

  // ---- 4.10 -----------------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(Storage.class)
  void topicWithoutSubscribersAcceptsAndDrops(Storage storage) throws Exception {
    site = Site.started(storage, new Layout().topicFor(List.of(), "nobody").topic("t"));
    Peer peer = site.peer();
    peer.publish("nobody", "1", "2");
    peer.publish("t", "3");
    assertThat(site.subscriber("t").next().payloads()).containsExactly("3");
    assertThat(site.broker().said("nobody")).as("a warning at start").isNotEmpty();
  }

  @Test
  void subscriberThatIsAddedGetsWhatIsPublishedFromThenOn() throws Exception {
    start(new Layout().topicFor(List.of("old"), "t", "Priorities: 2"));
    site.peer().publish("t", "before");
    site.configure(new Layout().topicFor(List.of("old", "new"), "t", "Priorities: 2"));
    restart(End.STOPPED);
    site.peer().publish("t", "after");
    assertThat(site.subscriber("new").next().payloads()).containsExactly("after");
    assertThat(site.subscriber("old").next().payloads()).containsExactly("before", "after");
  }

  @Test
  void removedSubscribersDataStays() throws Exception {
    start(new Layout().topicFor(List.of("a", "b"), "t"));
    site.peer().publish("t", "1");
    site.configure(new Layout().topicFor(List.of("a"), "t"));
    restart(End.STOPPED);
    site.peer().acknowledge(site.subscriber("a").next());
    assertThat(site.broker().said("subscriber b")).isNotEmpty();
    site.configure(new Layout().topicFor(List.of("a", "b"), "t"));
    restart(End.KILLED);
    assertThat(site.subscriber("b").next().payloads()).containsExactly("1");
  }

  @Test
  void whatIsBeyondFewerPrioritiesCountsAsTheLowest() throws Exception {
    start(new Layout().topic("t", "Priorities: 4"));
    Peer peer = site.peer();
    for (int priority = 3; priority >= 0; priority--) {
      peer.publish("t", priority, "p" + priority);
    }
    site.configure(new Layout().topic("t", "Priorities: 2"));
    restart(End.STOPPED);
    site.peer().publish("t", 1, "later");
    Push push = site.subscriber("t").next();
    assertThat(push.payloads().get(0)).isEqualTo("p0");
    assertThat(push.payloads())
        .containsExactlyInAnyOrder("p0", "p1", "p2", "p3", "later")
        .containsSubsequence("p1", "later");
    assertThat(push.messages().stream().map(Push.Received::priority))
        .containsExactly(0, 1, 1, 1, 1);
  }

  @Test
  void dedupeThatIsSwitchedHoldsForWhatIsPublishedFromThenOn() throws Exception {
    start(new Layout().topic("t"));
    site.peer().publishKeyed("t", "a", "1");
    site.peer().publishKeyed("t", "a", "2");
    site.configure(new Layout().topic("t", "Dedupe: true"));
    restart(End.STOPPED);
    site.peer().publishKeyed("t", "a", "3");
    site.peer().publishKeyed("t", "a", "4");
    site.configure(new Layout().topic("t"));
    restart(End.KILLED);
    site.peer().publishKeyed("t", "a", "5");
    site.peer().publishKeyed("t", "a", "6");
    assertThat(site.subscriber("t").next().payloads()).containsExactly("1", "2", "4", "5", "6");
  }

  // ---- damage ---------------------------------------------------------------------------------

  private Path newestLog() throws IOException {
    try (Stream<Path> files = Files.walk(site.data())) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .max((a, b) -> a.getFileName().compareTo(b.getFileName()))
          .orElseThrow();
    }
  }

  @Test
  void tornTailIsDroppedWithWarningThatSaysHowMuch() throws Exception {
    start(new Layout().topic("t").with("Sync: never"));
    Peer peer = site.peer();
    for (int i = 0; i < 10; i++) {
      peer.publish("t", i + "x".repeat(1000));
    }
    site.broker().kill();
    Path log = newestLog();
    byte[] bytes = Files.readAllBytes(log);
    int cut = 1500;
    Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length - cut));
    site.start();
    List<String> payloads = site.subscriber("t").next().payloads();
    assertThat(payloads)
        .isNotEmpty()
        .hasSizeLessThan(10)
        .containsExactlyElementsOf(
            IntStream.range(0, payloads.size()).mapToObj(i -> i + "x".repeat(1000)).toList());
    assertThat(site.broker().said(" bytes")).anyMatch(line -> line.matches(".*\\d+ bytes.*"));
  }

  @Test
  void damagedStoreIsNotOpenedAndTheFileIsNamed() throws Exception {
    start(new Layout().topic("t"));
    Peer peer = site.peer();
    for (int i = 0; i < 50; i++) {
      peer.publish("t", i + "x".repeat(1000));
    }
    site.broker().kill();
    Path log = newestLog();
    byte[] bytes = Files.readAllBytes(log);
    for (int i = 0; i < 100; i++) {
      bytes[bytes.length / 2 + i] ^= 0x55;
    }
    Files.write(log, bytes);
    BrokerProcess broker = site.launch();
    assertThat(broker.awaitExit(Await.PATIENCE)).isNotZero();
    assertThat(broker.errors())
        .anyMatch(line -> line.contains(log.getFileName().toString()))
        .noneMatch(line -> line.startsWith("\tat "));
    assertThat(Files.readAllBytes(log)).as("harmed nothing").isEqualTo(bytes);
  }
}
