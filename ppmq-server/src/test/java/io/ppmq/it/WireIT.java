package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes on the sockets. All tests share a broker; each has its own topics. */
class WireIT extends SharedSite {
  @Override
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topic("back-to-back")
            .topic("forwarded")
            .topic("split")
            .topic("names")
            .topic("unknown")
            .topic("together", "Dedupe: true")
            .batch("together", 1)
            .topic("carry")
            .topic("exact", "Dedupe: true", "Expire: true", "Priorities: 3")
            .topic("keyless")
            .topic("payloads")
            .topic("pretty")
            .topic("attempts")
            .topic("attempts-2")
            .topic("pair-1")
            .topicFor(List.of("pair-1"), "pair-2")
            .topic("silent")
            .topic("half-closed")
            .topic("all-or-nothing")
            .topic("ordered-confirms");
    site = Site.started(storage, layout);
  }

  private static String value(String topic, String payload) {
    return "{\"Topic\":\"" + topic + "\",\"Messages\":[{\"Payload\":\"" + payload + "\"}]}";
  }

  // ---- 3.1 ------------------------------------------------------------------------------------

  @Test
  void valueThatWasPushedCanBePublishedAsItIs() throws Exception {
    Peer peer = site.peer();
    String pushed =
        "{\"topic\":\"forwarded\",\"subscriber\":\"%s\",\"messages\":"
            + "[{\"Key\":\"k\",\"Payload\":\"%s\",\"Attempt\":2}]";
    peer.confirmed(pushed.formatted("forwarded", "1"));
    peer.confirmed(pushed.formatted("nobody", "2"));
    assertThat(site.subscriber("forwarded").takeAll(2, peer)).containsExactly("1", "2");
  }

  @Test
  void valuesNeedNoWhiteSpaceBetweenThem() throws Exception {
    SubscriberSocket subscriber = site.subscriber("back-to-back");
    peer.send(value("back-to-back", "1") + value("back-to-back", "2"));
    peer.send(" \r\n\t" + value("back-to-back", "3") + "\n" + value("back-to-back", "4"));
    assertThat(subscriber.takeAll(4, peer)).containsExactly("1", "2", "3", "4");
  }

  @Test
  void valueMaySplitAtAnyByte() throws Exception {
    SubscriberSocket subscriber = site.subscriber("split");
    String value =
        "{\"Topic\":\"split\",\"Messages\":[{\"Payload\":\"é\\u00e9\\\"\"}],\"Confirm\":\"c\"}";
    byte[] bytes = value.getBytes(UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      try (Peer split = site.peer()) {
        split.send(java.util.Arrays.copyOfRange(bytes, 0, cut));
        // an answer on another connection: the first part has been read, or soon will be
        peer.confirmed("{");
        split.send(java.util.Arrays.copyOfRange(bytes, cut, bytes.length));
        assertThat(split.line()).isEqualTo("{\"confirm\":\"c\"}\n");
      }
    }
    for (byte next : bytes) {
      peer.send(next);
    }
    assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    assertThat(subscriber.takeAll(bytes.length + 2, peer))
        .hasSize(bytes.length + 2)
        .containsOnly("é\\u00e9\\\"");
  }

  @Test
  void namesMatchWithoutRegardToCase() throws Exception {
    SubscriberSocket subscriber = site.subscriber("names");
    peer.send("{\"TOPIC\":\"names\",\"mEsSaGeS\":[{\"pAYLOAD\":\"a\"}],\"confirm\":\"1\"}");
    peer.send("{\"topic\":\"names\",\"messages\":[{\"payload\":\"b\"}],\"CONFIRM\":\"2\"}");
    assertThat(peer.line() + peer.line()).isEqualTo("{\"confirm\":\"1\"}\n{\"confirm\":\"2\"}\n");
    List<String> keys = new ArrayList<>();
    while (keys.size() < 2) {
      Push push = subscriber.next();
      keys.addAll(push.keys());
      String list = "[\"" + String.join("\",\"", push.keys()) + "\"]";
      peer.send("{\"topic\":\"names\",\"SUBSCRIBER\":\"names\",\"aCKS\":" + list + "}");
    }
    peer.send("{\"subscriber\":\"names\",\"command\":\"RECONNECT\",\"confirm\":\"3\"}");
    assertThat(peer.line()).isEqualTo("{\"confirm\":\"3\"}\n");
    peer.publish("names", "c");
    assertThat(subscriber.next().payloads()).containsExactly("c");
  }

  @Test
  void unknownFieldsAreIgnored() throws Exception {
    SubscriberSocket subscriber = site.subscriber("unknown");
    peer.confirmed(
        "{\"a\":{\"Topic\":[1,{}]},\"Topic\":\"unknown\",\"é\":null,\"Messages\":"
            + "[{\"X\":[[]],\"Payload\":\"a\",\"Topicx\":1}],\"Payload\":\"no\"");
    assertThat(subscriber.next().payloads()).containsExactly("a");
  }

  @Test
  void oneValueMayHoldMessagesAcksAndCommand() throws Exception {
    SubscriberSocket subscriber = site.subscriber("together");
    peer.publishKeyed("together", "k", "old");
    assertThat(subscriber.next().payloads()).containsExactly("old");
    peer.confirmed(
        "{\"Command\":\"RECONNECT\",\"Acks\":[\"k\"],\"Messages\":[{\"Key\":\"k\","
            + "\"Payload\":\"new\"}],\"Subscriber\":\"together\",\"Topic\":\"together\"");
    // the ack is for the version that was out, and comes before the command: nothing is out then
    Push push = subscriber.next();
    assertThat(push.payloads()).containsExactly("new");
    assertThat(push.attempts()).containsExactly(1);
    peer.acknowledge(push);
    peer.reconnect("together");
    peer.publish("together", "last");
    assertThat(subscriber.next().payloads()).containsExactly("last");
  }

  @Test
  void nothingCarriesOverFromOneValueToTheNext() throws Exception {
    SubscriberSocket subscriber = site.subscriber("carry");
    peer.publish("carry", "1");
    Push push = subscriber.next();
    String keys = "[\"" + push.keys().get(0) + "\"]";
    assertThat(peer.ask("{\"Messages\":[{\"Payload\":\"no\"}]")).isNotEmpty();
    assertThat(peer.ask("{\"Topic\":\"carry\",\"Acks\":" + keys)).isNotEmpty();
    assertThat(peer.ask("{\"Subscriber\":\"carry\",\"Acks\":" + keys)).isNotEmpty();
    assertThat(peer.ask("{\"Command\":\"RECONNECT\"")).isNotEmpty();
    peer.send("{\"Topic\":\"carry\",\"Confirm\":\"once\"}{\"Topic\":\"carry\"}");
    assertThat(peer.line()).isEqualTo("{\"confirm\":\"once\"}\n");
    peer.acknowledge(push);
    assertThat(peer.nothingCame()).isTrue();
    peer.publish("carry", "2");
    assertThat(subscriber.next().payloads()).containsExactly("2");
  }

  // ---- 3.2 and 3.3 ----------------------------------------------------------------------------

  @Test
  void batchIsExactlyTheNamedFieldsInTheirOrder() throws Exception {
    peer.publish(
        "exact",
        Stream.of(
            "{\"Key\":\"k2\",\"Payload\":\"p2\",\"Priority\":2}",
            "{\"Priority\":0,\"Expires\":\"2127-01-02T03:04:05Z\",\"Payload\":\"p1\",\"Key\":\"k1\"}",
            "{\"Key\":\"k3\",\"Payload\":\"p3\",\"Priority\":1,\"Expires\":\"2127-01-02T03:04:05.678901234+02:00\"}",
            "{\"Key\":\"k4\",\"Payload\":\"\",\"Expires\":\"0001-01-01T00:00:00Z\"}",
            "{\"Key\":\"k5\",\"Payload\":\"\",\"Expires\":\"\"}",
            "{\"Key\":\"k6\",\"Payload\":\"\",\"Expires\":null,\"Priority\":null}"));
    SubscriberSocket subscriber = site.subscriber("exact");
    String messages =
        "{\"Key\":\"k1\",\"Payload\":\"p1\",\"Expires\":\"2127-01-02T03:04:05Z\"},"
            + "{\"Key\":\"k4\",\"Payload\":\"\"},{\"Key\":\"k5\",\"Payload\":\"\"},"
            + "{\"Key\":\"k6\",\"Payload\":\"\"},"
            + "{\"Key\":\"k3\",\"Payload\":\"p3\",\"Expires\":\"%s\",\"Priority\":1},"
            + "{\"Key\":\"k2\",\"Payload\":\"p2\",\"Priority\":2}";
    Push push = subscriber.next();
    String expires = push.messages().get(4).expires();
    assertThat(java.time.OffsetDateTime.parse(expires).toInstant().toEpochMilli())
        .isEqualTo(java.time.Instant.parse("2127-01-02T01:04:05.678Z").toEpochMilli());
    assertThat(push.text())
        .isEqualTo(
            "{\"topic\":\"exact\",\"subscriber\":\"exact\",\"messages\":["
                + messages.formatted(expires)
                + "]}\n");
  }

  @Test
  void everyMessageHasKey() throws Exception {
    SubscriberSocket subscriber = site.subscriber("keyless");
    peer.publish("keyless", Stream.of("{\"Payload\":\"a\"}", "{\"Key\":\"\",\"Payload\":\"b\"}"));
    Push push = subscriber.next();
    assertThat(push.keys()).hasSize(2).doesNotHaveDuplicates().doesNotContain("");
    assertThat(push.text())
        .isEqualTo(
            "{\"topic\":\"keyless\",\"subscriber\":\"keyless\",\"messages\":[{\"Key\":\"%s\","
                    .formatted(push.keys().get(0))
                + "\"Payload\":\"a\"},{\"Key\":\"%s\",\"Payload\":\"b\"}]}\n"
                    .formatted(push.keys().get(1)));
  }

  @Test
  void payloadsOfEveryKindArriveByteForByte() throws Exception {
    List<String> payloads =
        List.of(
            "\"\"",
            "\"\\u003cb\\u003e \\/ / é \u2028 \uD83D\uDE00 \\ud83d\\ude00 \\b\\f\\n\\r\\t\\\\\\\"\"",
            "null",
            "true",
            "false",
            "0",
            "-1.50E+03",
            "12345678901234567890.1234567890123456789",
            "[]",
            "{}",
            "[1,[2,{\"a\":[]}],null]",
            "{\"Key\":\"no\",\"a\":1,\"a\":2,\"Topic\":{\"Messages\":[]}}");
    SubscriberSocket subscriber = site.subscriber("payloads");
    peer.publish("payloads", payloads.stream().map(payload -> "{\"Payload\":" + payload + "}"));
    Push push = subscriber.next();
    assertThat(push.messages().stream().map(Push.Received::payload))
        .containsExactlyElementsOf(payloads);
  }

  @Test
  void payloadOnManyLinesArrivesOnOne() throws Exception {
    SubscriberSocket subscriber = site.subscriber("pretty");
    peer.publish("pretty", Stream.of("{\"Payload\": {\r\n\t\"a b\" : [ 1,\n  \" \\n \" ]\n}\n}"));
    Push push = subscriber.next();
    assertThat(push.text().indexOf('\n')).isEqualTo(push.text().length() - 1);
    assertThat(push.text()).doesNotContain("\r");
    assertThat(push.messages().get(0).payload().replace(" ", "").replace("\t", ""))
        .isEqualTo("{\"ab\":[1,\"\\n\"]}");
    assertThat(push.messages().get(0).payload()).contains("\"a b\"").contains("\" \\n \"");
  }

  @Test
  void redeliveredMessageSaysWhichAttemptItIs() throws Exception {
    SubscriberSocket subscriber = site.subscriber("attempts");
    peer.publish("attempts", "a");
    assertThat(subscriber.next().text()).doesNotContain("Attempt");
    for (int attempt = 2; attempt <= 50; attempt++) {
      peer.reconnect("attempts");
      assertThat(subscriber.next().text())
          .endsWith("\"Payload\":\"a\",\"Attempt\":" + attempt + "}]}\n");
    }
  }

  @Test
  void allMessagesOfOneValueAreStoredTogetherOrNotAtAll() throws Exception {
    SubscriberSocket subscriber = site.subscriber("all-or-nothing");
    assertThat(
            peer.ask(
                "{\"Topic\":\"all-or-nothing\",\"Messages\":[{\"Payload\":\"a\"},"
                    + "{\"Payload\":\"b\",\"Expires\":\"tomorrow\"},{\"Payload\":\"c\"}]"))
        .contains("Expires");
    peer.publish("all-or-nothing", "d", "e");
    assertThat(subscriber.next().payloads()).containsExactly("d", "e");
  }

  // ---- 3.4 ------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"RECONNECT", "CONNECT"})
  void commandRedeliversEverythingThatIsOut(String command) throws Exception {
    try (SubscriberSocket subscriber = site.subscriber("pair-1")) {
      peer.publish("pair-1", "a", "b");
      Push first = subscriber.next();
      peer.publish("pair-2", "c");
      Push second = subscriber.next();
      peer.acknowledge("pair-1", "pair-1", first.keys().subList(0, 1));
      peer.confirmed("{\"Subscriber\":\"pair-1\",\"Command\":\"" + command + "\"");
      List<Push> again = List.of(subscriber.next(), subscriber.next());
      assertThat(again.stream().map(Push::keys))
          .containsExactlyInAnyOrder(first.keys().subList(1, 2), second.keys());
      assertThat(again.stream().flatMap(push -> push.attempts().stream())).containsExactly(2, 2);
      for (Push push : again) {
        peer.acknowledge(push);
      }
    }
  }

  @Test
  void commandWithTopicRedeliversOnlyThatTopics() throws Exception {
    try (SubscriberSocket subscriber = site.subscriber("pair-1")) {
      peer.publish("pair-1", "a");
      Push first = subscriber.next();
      peer.publish("pair-2", "b");
      Push second = subscriber.next();
      peer.confirmed("{\"Subscriber\":\"pair-1\",\"Command\":\"RECONNECT\",\"Topic\":\"pair-2\"");
      assertThat(subscriber.next().keys()).isEqualTo(second.keys());
      peer.acknowledge(first);
      peer.publish("pair-1", "c");
      assertThat(subscriber.next().payloads()).containsExactly("c");
      peer.reconnect("pair-1");
      List<Push> rest = List.of(subscriber.next(), subscriber.next());
      for (Push push : rest) {
        peer.acknowledge(push);
      }
    }
  }

  // ---- 3.5 ------------------------------------------------------------------------------------

  @Test
  void confirmIsRepeatedWhateverStringItIs() throws Exception {
    for (String confirm : List.of("", "a b", "é\uD83D\uDE00", "\\\"\\\\", "x".repeat(4000))) {
      peer.send("{\"Topic\":\"silent\",\"Confirm\":\"" + confirm + "\"}");
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"" + confirm + "\"}\n");
    }
    peer.send("{\"Topic\":\"nobody\\n\",\"Confirm\":\"\\u0041\\n\\u0000\"}");
    assertThat(peer.line())
        .matches(
            "(?s)\\{\"confirm\":\"A\\\\(n|u000[aA])\\\\u0000\",\"error\":\"[^\\n]+\",\"code\":\"[a-z-]+\"}\n");
  }

  @Test
  void confirmsComeInTheOrderOfTheValues() throws Exception {
    StringBuilder values = new StringBuilder();
    IntStream.range(0, 500)
        .forEach(
            i ->
                values.append(
                    "{\"Topic\":\"ordered-confirms\",\"Messages\":[{\"Payload\":%d}],\"Confirm\":\"%d\"}"
                        .formatted(i, i)));
    peer.send(values.toString());
    for (int i = 0; i < 500; i++) {
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"" + i + "\"}\n");
    }
  }

  @Test
  void nothingIsEverWrittenToPeerThatAsksForNoConfirm() throws Exception {
    SubscriberSocket subscriber = site.subscriber("silent");
    peer.send(value("silent", "a"));
    peer.send(value("nobody", "a") + "{\"Subscriber\":\"nobody\",\"Command\":\"RECONNECT\"}");
    peer.send("{\"Topic\":\"silent\",\"Subscriber\":\"silent\",\"Acks\":[\"unknown\"]}");
    peer.send("{\"Subscriber\":\"silent\",\"Command\":\"DANCE\"}{\"Messages\":[{}]}");
    peer.send(value("silent", "b"));
    peer.send("no JSON at all");
    peer.assertEnded();
    assertThat(subscriber.takeAll(2, site.peer())).containsExactly("a", "b");
  }

  @Test
  void halfClosedConnectionEndsWhenEverythingIsCarriedOut() throws Exception {
    SubscriberSocket subscriber = site.subscriber("half-closed");
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      values.append(value("half-closed", Integer.toString(i)));
    }
    peer.send(values + "{\"Topic\":\"half-closed\",\"Confirm\":\"last\"}");
    peer.endOutput();
    assertThat(peer.line()).isEqualTo("{\"confirm\":\"last\"}\n");
    peer.assertEnded();
    assertThat(subscriber.takeAll(2000, site.peer()))
        .containsExactlyElementsOf(IntStream.range(0, 2000).mapToObj(Integer::toString).toList());
  }
}
