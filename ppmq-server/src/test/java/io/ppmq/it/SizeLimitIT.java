package io.ppmq.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages and values of the largest allowed size, in the heap that the launcher gives. */
class SizeLimitIT {
  private static final int MESSAGE_BYTES_MAX = 4 << 20;
  private static final int VALUE_BYTES_MAX = 16 << 20;

  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      try {
        assertThat(site.broker().isAlive()).isTrue();
        assertThat(site.broker().saidToTheEnd("OutOfMemory")).isEmpty();
      } finally {
        site.close();
      }
    }
  }

  private static Layout layout() {
    return new Layout().topic("t").topic("meanwhile");
  }

  private static String payload(int length) {
    return "p".repeat(length);
  }

  /** A value of exactly this many bytes, with this confirm. */
  private static String value(int length, String confirm) {
    String start = "{\"Topic\":\"t\",\"Confirm\":\"" + confirm + "\",\"Messages\":[";
    StringBuilder value = new StringBuilder(length).append(start);
    String open = "{\"Payload\":\"";
    String close = "\"},";
    int rest = length - start.length() - 2;
    while (rest > 0) {
      int size = Math.min(rest, open.length() + MESSAGE_BYTES_MAX + close.length());
      if (rest - size > 0 && rest - size < 100) {
        size -= 100;
      }
      boolean last = size == rest;
      int around = open.length() + close.length() - (last ? 1 : 0);
      value.append(open).append(payload(size - around)).append(last ? "\"}" : close);
      rest -= size;
    }
    return value.append("]}").toString();
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void messageAtTheLimitIsDeliveredAndLongerOneIsRefused(Storage storage) throws Exception {
    site = Site.started(storage, layout());
    Peer peer = site.peer();
    SubscriberSocket subscriber = site.subscriber("t");
    String largest = payload(MESSAGE_BYTES_MAX);
    for (int i = 0; i < 4; i++) {
      peer.publish("t", largest);
      Push push = subscriber.next();
      assertThat(push.payloads().get(0).equals(largest)).isTrue();
      peer.acknowledge(push);
    }
    String tooLong = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"x\"},{\"Payload\":\"p%s\"}]";
    assertThat(peer.ask(tooLong.formatted(largest))).contains(Integer.toString(MESSAGE_BYTES_MAX));
    peer.publish("t", "small");
    assertThat(subscriber.takeAll(1, peer)).containsExactly("small");
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void valueAtTheLimitIsDeliveredAndLongerOneIsRefused(Storage storage) throws Exception {
    site = Site.started(storage, layout());
    Peer peer = site.peer();
    SubscriberSocket subscriber = site.subscriber("t");
    String largest = value(VALUE_BYTES_MAX, "c");
    assertThat(largest.length()).isEqualTo(VALUE_BYTES_MAX);
    for (int i = 0; i < 4; i++) {
      peer.send(largest);
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
      long bytes = 0;
      while (bytes < VALUE_BYTES_MAX - 1000) {
        Push push = subscriber.next();
        bytes += push.text().length();
        peer.acknowledge(push);
      }
    }
    peer.send(value(VALUE_BYTES_MAX + 1, "d"));
    assertThat(peer.line()).startsWith("{\"confirm\":\"d\",\"error\":");
    peer.publish("t", "small");
    assertThat(subscriber.takeAll(1, peer)).containsExactly("small");
  }

  /** Messages so short that their objects would take many times the size of the value. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "1, |{\"Key\":\"k%07d\"}|",
        "2, |{\"Key\":\"\\u006b%07d\",\"Expires\":\"2099-01-01T00:00:00Z\"}|",
        "2, |{\"Priority\":1}|"
      })
  void valueAtTheLimitMayConsistOfShortMessages(int atOnce, String message) throws Exception {
    Layout layout = layout().topic("keyed", "Dedupe: true", "Expire: true", "Priorities: 2");
    site = Site.started(Storage.DIRECTORY, layout);
    int count = VALUE_BYTES_MAX / (message.formatted(0).length() + 1) - 5;
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < atOnce; i++) {
      peers.add(site.peer());
      sendAside(peers.get(i), keyed(count, message));
    }
    for (Peer peer : peers) {
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    }
    Push first = site.subscriber("keyed").next();
    assertThat(first.payloads()).hasSize(50);
    if (message.contains("Key")) {
      assertThat(first.messages().get(49).key()).isEqualTo("k0000049");
    }
  }

  /**
   * Each answer holds some messages until its client has read it, and these clients read nothing.
   */
  @Test
  void manyWhoLookAtLargeMessagesDoNotEndTheBroker() throws Exception {
    site = Site.started(Storage.DIRECTORY, layout());
    Peer peer = site.peer();
    for (int i = 0; i < 12; i++) {
      peer.publish("t", payload(MESSAGE_BYTES_MAX));
    }
    var address = UnixDomainSocketAddress.of(site.serverSocket() + ".admin");
    List<SocketChannel> unread = new ArrayList<>();
    try {
      for (int i = 0; i < 6; i++) {
        for (String page : List.of("peek", "export")) {
          SocketChannel admin = SocketChannel.open(address);
          unread.add(admin);
          String request = "GET /%s?topic=t&subscriber=t HTTP/1.1\r\nHost: localhost\r\n\r\n";
          admin.write(US_ASCII.encode(request.formatted(page)));
        }
      }
      assertThat(Cli.done(site, "peek", "t", "-n", "1").length()).isGreaterThan(MESSAGE_BYTES_MAX);
    } finally {
      for (SocketChannel admin : unread) {
        admin.close();
      }
    }
  }

  @Test
  void manyKeysOfTheLargestSizeTakeLittleMemory() throws Exception {
    site = Site.started(Storage.DIRECTORY, layout().topic("keyed", "Dedupe: true"));
    Peer peer = site.peer();
    for (int i = 0; i < 8; i++) {
      peer.send(keyed(4000, "{\"Key\":\"" + "k".repeat(4088) + i + "%07d\"}"));
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    }
    assertThat(site.broker().rssMaxBytes()).isLessThan(280_000_000);
  }

  @Test
  void topicWithABoundTakesAValueOfManyKeyedMessagesAndRefusesMore() throws Exception {
    Layout layout = layout().topic("keyed", "Dedupe: true", "MaxMessages: 150000");
    site = Site.started(Storage.DIRECTORY, layout);
    Peer peer = site.peer();
    String message = "{\"Key\":\"k%d\",\"Payload\":\"" + payload(70) + "\"}";
    for (int i = 0; i < 2; i++) {
      peer.send(keyed(150_000, message));
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    }
    peer.send(keyed(150_001, message));
    assertThat(peer.line()).contains("150001 messages with a Key are more than topic");
  }

  @Test
  void valueAtTheLimitMayConsistOfAcknowledgements() throws Exception {
    site = Site.started(Storage.DIRECTORY, layout());
    Peer peer = site.peer();
    peer.publish("t", "one", "two");
    SubscriberSocket subscriber = site.subscriber("t");
    String key = subscriber.next().messages().get(0).key();
    String acks = "\"x\",".repeat((VALUE_BYTES_MAX - 1000) / 4);
    peer.send(
        "{\"Topic\":\"t\",\"Subscriber\":\"t\",\"Confirm\":\"a\",\"Acks\":[%s\"%s\"]}"
            .formatted(acks, key));
    assertThat(peer.line()).isEqualTo("{\"confirm\":\"a\"}\n");
    assertThat(peer.ask("{\"Subscriber\":\"t\",\"Command\":\"RECONNECT\"")).isEmpty();
    assertThat(subscriber.next().payloads()).containsExactly("two");
  }

  @Test
  void valuesOfTheMostMessagesAreStoredWhenTheyComeAtOnce() throws Exception {
    Layout layout = new Layout().topic("t", "Priorities: 1024").topic("keyed", "Dedupe: true");
    site = Site.started(Storage.DIRECTORY, layout);
    SubscriberSocket subscriber = site.subscriber("t");
    List<Peer> peers = List.of(site.peer(), site.peer(), site.peer());
    List<String> values = List.of(prioritized(150_000), prioritized(150_000), keyed(110_000));
    for (int i = 0; i < peers.size(); i++) {
      sendAside(peers.get(i), values.get(i));
    }
    for (Peer peer : peers) {
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    }
    assertThat(subscriber.next().payloads()).hasSize(50);
  }

  @Test
  void largeValuesThatAreHeldLeaveTheHeapToOthers() throws Exception {
    Layout layout =
        new Layout()
            .topic("full", "MaxMessages: 200000")
            .topic("t", "Priorities: 1024")
            .topic("small");
    site = Site.started(Storage.DIRECTORY, layout);
    String held = prioritized(150_000).replace("\"Topic\":\"t\"", "\"Topic\":\"full\"");
    Peer filling = site.peer();
    filling.send(held);
    assertThat(filling.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    Peer waiting = site.peer();
    sendAside(waiting, held);
    site.broker().said("full");
    Peer large = site.peer();
    sendAside(large, prioritized(150_000));
    for (int i = 0; i < 20; i++) {
      site.peer().publish("small", "goes on");
    }
    Cli.done(site, "purge", "-y", "-t", "full");
    assertThat(waiting.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    assertThat(large.line()).isEqualTo("{\"confirm\":\"c\"}\n");
  }

  private static String prioritized(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"Payload\":\"%080d\",\"Priority\":%d}".formatted(i, i % 1024))
        .collect(
            Collectors.joining(",", "{\"Topic\":\"t\",\"Confirm\":\"c\",\"Messages\":[", "]}"));
  }

  private static Thread sendAside(Peer peer, String... values) {
    Thread thread =
        new Thread(
            () -> {
              try {
                for (String value : values) {
                  peer.send(value);
                }
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static String keyed(int count) {
    return keyed(count, "{\"Key\":\"k%d\",\"Payload\":\"" + payload(100) + "\"}");
  }

  private static String keyed(int count, String message) {
    return IntStream.range(0, count)
        .mapToObj(message::formatted)
        .collect(
            Collectors.joining(",", "{\"Topic\":\"keyed\",\"Confirm\":\"c\",\"Messages\":[", "]}"));
  }

  @Test
  void manyValuesAtTheLimitWaitOnTheDiskWhileOtherTrafficFlows() throws Exception {
    site = Site.started(Storage.DIRECTORY, layout());
    String largest = value(VALUE_BYTES_MAX, "c");
    List<Peer> peers = List.of(site.peer(), site.peer(), site.peer());
    List<Thread> threads = new ArrayList<>();
    for (Peer peer : peers) {
      threads.add(sendAside(peer, largest, largest));
    }
    Peer small = site.peer();
    SubscriberSocket meanwhile = site.subscriber("meanwhile");
    int rounds = 0;
    while (threads.stream().anyMatch(Thread::isAlive) || rounds < 10) {
      small.publish("meanwhile", Stream.of("{\"Payload\":" + rounds + "}"));
      assertThat(meanwhile.takeAll(1, small)).containsExactly(Integer.toString(rounds));
      rounds++;
    }
    for (Peer peer : peers) {
      assertThat(peer.line() + peer.line()).isEqualTo("{\"confirm\":\"c\"}\n".repeat(2));
    }
    SubscriberSocket subscriber = site.subscriber("t");
    long bytes = 0;
    while (bytes < 6L * (VALUE_BYTES_MAX - 1000)) {
      Push push = subscriber.next();
      bytes += push.text().length();
      small.acknowledge(push);
    }
    assertThat(site.broker().rssMaxBytes()).isLessThan(250_000_000);
  }

  @Test
  void valueWithVeryManyMessagesIsDelivered() throws Exception {
    site = Site.started(Storage.DIRECTORY, layout().batch("t", 100_000));
    Peer peer = site.peer();
    SubscriberSocket subscriber = site.subscriber("t");
    peer.publish("t", IntStream.range(0, 150_000).mapToObj(i -> "{\"Payload\":" + i + "}"));
    List<String> payloads = subscriber.takeAll(150_000, peer);
    assertThat(payloads)
        .isEqualTo(IntStream.range(0, 150_000).mapToObj(Integer::toString).toList());
  }
}
