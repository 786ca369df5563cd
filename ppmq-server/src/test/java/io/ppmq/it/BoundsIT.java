package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Full topics, from outside. */
class BoundsIT {
  private static final int PRODUCERS = 200;

  private Site site;

  private Peer start(String... options) throws Exception {
    Layout layout = new Layout().topic("t", options).topic("free");
    site = Site.started(Storage.DIRECTORY, layout);
    return site.peer();
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  @Test
  void topicThatRejectsTakesWhatFitsAndRefusesTheRestWhole() throws Exception {
    Peer peer = start("MaxMessages: 3", "WhenFull: reject");
    peer.publish("t", "1", "2");
    assertThat(peer.ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"3\"},{\"Payload\":\"4\"}]"))
        .startsWith("topic \\\"t\\\" is full: MaxMessages 3");
    assertThat(peer.refused("{\"Topic\":\"t\",\"Messages\":[{},{}]")).isEqualTo("topic-full");
    assertThat(peer.refused("{\"Topic\":\"t\",\"Messages\":[{},{},{},{}]")).isEqualTo("too-large");
    peer.publish("t", "5");
    assertThat(site.subscriber("t").takeAll(3, peer)).containsExactly("1", "2", "5");
    peer.publish("t", "6");
  }

  @Test
  void bytesAreCountedAcrossARestart() throws Exception {
    Peer peer = start("MaxBytes: 20", "WhenFull: reject");
    peer.publish("t", "1234567890");
    site.broker().kill();
    site.start();
    Peer next = site.peer();
    assertThat(next.ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"1234567890\"}]"))
        .isNotEmpty();
    next.publish("t", "12345");
  }

  @Test
  void topicThatDropsTheOldestKeepsTheNewestOfTheHighestPriority() throws Exception {
    Peer peer = start("MaxMessages: 3", "WhenFull: drop-oldest", "Priorities: 2");
    peer.publish("t", 0, "high");
    for (int i = 0; i < 10; i++) {
      peer.publish("t", 1, "low" + i);
    }
    assertThat(site.subscriber("t").takeAll(3, peer)).containsExactly("high", "low8", "low9");
    site.broker().said("dropped to make room");
  }

  @Test
  void acknowledgementGetsThroughToATopicThatBlocksManyProducers() throws Exception {
    Peer peer = start("MaxMessages: 5", "WhenFull: block");
    peer.publish("t", "a", "b", "c", "d", "e");
    List<Peer> producers = new ArrayList<>();
    String filler = "x".repeat(8000);
    for (int i = 0; i < PRODUCERS; i++) {
      String value = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"%d-%s\"}],\"Confirm\":\"c\"}";
      producers.add(site.peer().send(value.formatted(i, filler)));
    }
    producers.get(0).close(); // its input was received completely
    peer.publish("free", "others go on");
    assertThat(producers.get(1).nothingCame()).isTrue();

    List<String> payloads = site.subscriber("t").takeAll(PRODUCERS + 5, peer);
    assertThat(payloads).doesNotHaveDuplicates().hasSize(PRODUCERS + 5);
    for (int i = 1; i < PRODUCERS; i++) {
      assertThat(producers.get(i).line()).isEqualTo("{\"confirm\":\"c\"}\n");
    }
  }

  @Test
  void brokerStopsInTimeWhileProducersAreBlocked() throws Exception {
    Peer peer = start("MaxMessages: 1", "WhenFull: block");
    peer.publish("t", "1");
    Peer blocked = site.peer();
    blocked.send("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"2\"}],\"Confirm\":\"c\"}");
    site.broker().said("not read until");
    site.broker().terminateInTime();
    assertThat(blocked.line()).contains("the broker stopped before there was room");
  }

  @Test
  void replacementNeedsNoRoom() throws Exception {
    Peer peer = start("MaxMessages: 2", "WhenFull: reject", "Dedupe: true");
    peer.publishKeyed("t", "k1", "1");
    peer.publishKeyed("t", "k2", "2");
    peer.publishKeyed("t", "k1", "3");
    assertThat(site.subscriber("t").takeAll(2, peer)).containsExactly("3", "2");
  }
}
