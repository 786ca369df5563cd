package io.ppmq.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {
  private static final String COMMANDS =
      ": it must be RECONNECT, CONNECT, SUBSCRIBE or UNSUBSCRIBE";
  private static final String RETRY_AFTER =
      " must be a duration up to 24h, like 300ms, 5m or 1h30m, or never";

  private static Message message(String fields) {
    return Events.requestOf("{\"topic\":\"t\",\"messages\":[{" + fields + "}]}").messages().get(0);
  }

  private static String refusal(String value) {
    return Events.of(value + " {\"confirm\":\"next\"}").stream()
        .reduce((one, two) -> two.contains("confirm next") ? one : "not just one: " + one)
        .orElseThrow();
  }

  @Test
  void caseOfFieldNamesDoesNotMatter() {
    Request request =
        Events.requestOf(
            "{\"tOPIC\":\"t\",\"MESSAGES\":[{\"kEy\":\"k\",\"PAYLOAD\":1,\"expIRES\":"
                + "\"2027-01-02T03:04:05Z\",\"pRiOrItY\":3}],\"suBscriber\":\"s\",\"Acks\":[\"a\"],"
                + "\"COMMAND\":\"CONNECT\",\"cOnFiRm\":\"c\"}");
    assertThat(Events.text(request))
        .isEqualTo(
            "topic t, messages [k=1/2027-01-02T03:04:05Z/3], subscriber s, acks [a],"
                + " command CONNECT, confirm c");
  }

  @Test
  void onlyAsciiLettersAreAlike() {
    // U+212A is the Kelvin sign, a K to programs that fold case by Unicode.
    assertThat(message("\"\u212aey\":\"k\"").key()).isNull();
  }

  @Test
  void unknownFieldsAreSkippedWhateverTheyHold() {
    Request request =
        Events.requestOf(
            "{\"x\":{\"topic\":\"no\",\"y\":[[],{}]},\"topic\":\"t\",\"n\":null,"
                + "\"messages\":[{\"z\":[{\"Key\":\"no\"}],\"Attempt\":2}]}");
    assertThat(request.topic()).isEqualTo("t");
    assertThat(request.messages()).hasSize(1);
    assertThat(request.messages().get(0).key()).isNull();
  }

  @Test
  void nullAndEmptyAreAbsent() {
    Request request =
        Events.requestOf(
            "{\"topic\":null,\"messages\":null,\"subscriber\":\"\",\"acks\":null,\"command\":\"\","
                + "\"confirm\":null}");
    assertThat(Events.text(request))
        .isEqualTo("topic null, messages [], subscriber null, acks [], command null, confirm null");
    assertThat(message("\"Key\":\"\",\"Expires\":\"\",\"Priority\":\"\""))
        .isEqualTo(new Message(null, Bytes.utf8("\"\""), null, 0));
    assertThat(message("\"Key\":null,\"Expires\":null,\"Priority\":null"))
        .isEqualTo(new Message(null, Bytes.utf8("\"\""), null, 0));
  }

  @Test
  void lastOfRepeatedFieldsCounts() {
    Request request =
        Events.requestOf(
            "{\"topic\":\"a\",\"Topic\":\"b\",\"messages\":[{\"Key\":\"1\"},{}],"
                + "\"messages\":[{\"Key\":\"2\",\"key\":\"3\"}]}");
    assertThat(request.topic()).isEqualTo("b");
    assertThat(request.messages()).hasSize(1);
    assertThat(request.messages().get(0).key()).isEqualTo(Bytes.utf8("3"));
  }

  @Test
  void nothingCarriesOverToTheNextValue() {
    assertThat(Events.of("{\"topic\":\"t\",\"confirm\":\"c\"}{\"messages\":[{}]}"))
        .containsExactly(
            "request of 27 bytes: topic t, messages [], subscriber null, acks [], command null,"
                + " confirm c",
            "refused: Messages without a Topic (at byte 27)");
  }

  @Test
  void payloadIsTheTextOfAnyJsonValue() {
    for (String json :
        new String[] {
          "\"\"",
          "\"a\\n\\u00e9\\\"\\/\"",
          "1.50e+3",
          "-0",
          "null",
          "true",
          "{}",
          "[ ]",
          "[1, {\"a\" :2}]"
        }) {
      assertThat(message("\"Payload\": " + json + " ,\"Priority\":1").payload())
          .isEqualTo(Bytes.utf8(json));
      assertThat(message("\"Payload\":" + json).payload()).isEqualTo(Bytes.utf8(json));
      assertThat(message("\"Payload\":" + json + "\r\n\t").payload()).isEqualTo(Bytes.utf8(json));
    }
  }

  @Test
  void payloadLosesItsLineBreaks() {
    assertThat(message("\"Payload\":{\r\n  \"a\": [\n1,\n\"\\n\"]\n}").payload())
        .isEqualTo(Bytes.utf8("{  \"a\": [1,\"\\n\"]}"));
  }

  @Test
  void keysAreDecoded() {
    assertThat(message("\"Key\":\"a\\\"b\\u00e9\\u2028\\ud83d\\ude00\"").key())
        .isEqualTo(Bytes.utf8("a\"b\u00e9\u2028\ud83d\ude00"));
    assertThat(message("\"Key\":\"\u00e9\ud83d\ude00\"").key())
        .isEqualTo(Bytes.utf8("\u00e9\ud83d\ude00"));
  }

  /** Python writes names of files that are not UTF-8 like this. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'topic':'t','messages':[{'Key':'caf\\udce9.txt'}]}",
        "{'topic':'t','messages':[{'Key':'caf\\uDCE9.txt'}]}",
        "{'topic':'t','messages':[{'Key':'\\ud83dx'}]}",
        "{'topic':'t','messages':[{'Key':'\\ud83d\\u0041'}]}",
        "{'topic':'t','messages':[{'Key':'\\ud83d\\ude00\\ude00'}]}",
        "{'topic':'t','messages':[{'Key':'\\\\\\ud83d'}]}",
        "{'topic':'t','subscriber':'s','acks':['fine','\\udce9']}",
        "{'topic':'\\udce9','messages':[{}]}",
        "{'topic':'t','subscriber':'\\udce9','acks':['a']}",
        "{'subscriber':'s','command':'\\udce9'}",
        "{'topic':'t','messages':[{'Expires':'\\udce9'}]}"
      })
  void halfASurrogatePairIsNoPartOfANameOrKey(String value) {
    assertThat(refusal(value.replace('\'', '"'))).contains("half a surrogate pair");
  }

  @Test
  void confirmThatIsNoTextCannotBeRepeated() {
    assertThat(Events.of("{\"confirm\":\"\\udce9\"}"))
        .containsExactly(
            "refused: Confirm has half a surrogate pair, which is not a character (at byte 11)");
  }

  @Test
  void wholeSurrogatePairsAndEscapedBackslashesAreText() {
    assertThat(message("\"Key\":\"\\ud83d\\ude00\\\\ude00\"").key())
        .isEqualTo(Bytes.utf8("\ud83d\ude00\\ude00"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"caf\\udce9.txt\"",
        "{\"caf\\udce9.txt\":1}",
        "[{\"\\ud83d\":{\"\\uDCE9\\udce9\":\"\\udce9\"}}]",
        "{\"\\ud83d\\ud83d\\ude00\":\"\\ud83d\"}"
      })
  void payloadMayHoldHalvesOfSurrogatePairs(String json) {
    Message message = message("\"x\\udce9\":1,\"Payload\":" + json + ",\"Key\":\"k\\u0041\"");
    assertThat(message.payload()).isEqualTo(Bytes.utf8(json));
    assertThat(message.key()).isEqualTo(Bytes.utf8("kA"));
    assertThat(Events.of("{\"Messages\":[{\"Payload\":" + json + "}],\"Topic\":}"))
        .containsExactly("broken: not JSON (at byte %d)".formatted(json.length() + 35));
  }

  @ParameterizedTest
  @CsvSource({
    "7,7",
    "-3,-3",
    "-0,0",
    "2147483648,2147483647",
    "-2147483649,-2147483648",
    "99999999999999999999999999999999999999,2147483647",
    "-99999999999999999999999999999999999999,-2147483648"
  })
  void priorityIsTheNearestInt(String json, int priority) {
    assertThat(message("\"Priority\":" + json).priority()).isEqualTo(priority);
  }

  @Test
  void zeroTimeIsNoExpiry() {
    assertThat(message("\"Expires\":\"0001-01-01T00:00:00Z\"").expires()).isNull();
    assertThat(message("\"Expires\":\"0001-01-01T01:00:00.000+01:00\"").expires()).isNull();
    assertThat(message("\"Expires\":\"0001-01-01T00:00:01Z\"").expires())
        .isEqualTo(Instant.parse("0001-01-01T00:00:01Z"));
    assertThat(message("\"Expires\":\"2027-01-02T03:04:05\\u005a\"").expires())
        .isEqualTo(Instant.parse("2027-01-02T03:04:05Z"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"topic\":1}|Topic must be a string|9",
        "{\"subscriber\":[{}]}|Subscriber must be a string|14",
        "{\"command\":{}}|Command must be a string|11",
        "{\"confirm\":true}|Confirm must be a string|11",
        "{\"messages\":{}}|Messages must be an array|12",
        "{\"acks\":\"a\"}|Acks must be an array|8",
        "{\"topic\":\"t\",\"messages\":[{},7]}|Messages[1]: a message must be an object|28",
        "{\"topic\":\"t\",\"messages\":[null]}|Messages[0]: a message must be an object|25",
        "{\"topic\":\"t\",\"messages\":[{\"Key\":7}]}|Messages[0]: Key must be a string|32",
        "{\"topic\":\"t\",\"messages\":[{\"Expires\":7}]}|Messages[0]: Expires must be a string|36",
        "{\"topic\":\"t\",\"messages\":[{\"Priority\":1.0}]}"
            + "|Messages[0]: Priority must be an integer|37",
        "{\"topic\":\"t\",\"messages\":[{\"Priority\":\"1\"}]}"
            + "|Messages[0]: Priority must be an integer|37",
        "{\"topic\":\"t\",\"messages\":[{\"Priority\":[1]}]}"
            + "|Messages[0]: Priority must be an integer|37",
        "{\"topic\":\"t\",\"subscriber\":\"s\",\"acks\":[\"a\",3]}"
            + "|a key in Acks must be a string|42",
        "{\"topic\":\"t\",\"subscriber\":\"s\",\"acks\":[null]}|a key in Acks must be a string|38",
        "{\"topic\":\"\",\"messages\":[{}]}|Messages without a Topic|0",
        "{\"subscriber\":\"s\",\"acks\":[\"a\"]}|Acks without a Topic|0",
        "{\"topic\":\"t\",\"acks\":[\"a\"]}|Acks without a Subscriber|0",
        "{\"command\":\"CONNECT\"}|a Command without a Subscriber|0",
        "{\"subscriber\":\"s\",\"command\":\"connect\"}|unknown command \"connect\""
            + COMMANDS
            + "|28",
        "{\"subscriber\":\"s\",\"command\":\"A\\nB\"}|unknown command \"A\\u000aB\""
            + COMMANDS
            + "|28",
        "{\"retryafter\":\"Never\"}|RetryAfter \"Never\"" + RETRY_AFTER + "|14",
        "{\"retryafter\":\"5\"}|RetryAfter \"5\"" + RETRY_AFTER + "|14",
        "{\"topic\":\"t\",\"messages\":[{\"Expires\":\"soon\"}]}"
            + "|Messages[0]: Expires is not an RFC 3339 time: \"soon\"|36",
      })
  void wrongValueIsRefusedWhole(String value, String reason, int at) {
    assertThat(refusal(value)).isEqualTo("refused: " + reason + " (at byte " + at + ")");
  }

  @Test
  void confirmIsAnsweredWhereverItStands() {
    assertThat(refusal("{\"confirm\":\"c\",\"topic\":1}")).endsWith(", confirm c");
    assertThat(refusal("{\"topic\":1,\"confirm\":\"c\"}")).endsWith(", confirm c");
  }

  @Test
  void firstReasonCounts() {
    assertThat(refusal("{\"topic\":1,\"acks\":2}")).contains("Topic must be a string");
  }

  @Test
  void keyMayHave4096BytesAndNoMore() {
    String longest = "k".repeat(4094) + "é";
    assertThat(message("\"Key\":\"" + longest + "\"").key()).isEqualTo(Bytes.utf8(longest));
    assertThat(message("\"Key\":\"" + "\\u006b".repeat(4096) + "\"").key())
        .isEqualTo(Bytes.utf8("k".repeat(4096)));
    String reason = "refused: Messages[0]: Key is longer than 4096 bytes (at byte 32)";
    for (String key :
        new String[] {"k" + longest, "\\u006b".repeat(4097), "\\u00e9".repeat(2049)}) {
      assertThat(refusal("{\"topic\":\"t\",\"messages\":[{\"Key\":\"" + key + "\"}]}"))
          .isEqualTo(reason);
    }
  }

  /** Beyond a few thousand the messages are packed, and read again when they are used. */
  @Test
  void veryManyMessagesAreThoseThatWereSent() {
    List<String> kinds =
        List.of(
            "{}",
            "{\"Key\":\"plain\",\"Payload\":\"p\"}",
            "{\"Payload\":17,\"Key\":\"after\"}",
            "{\"Key\":\"\\u00e9scaped\",\"Payload\":[\n1,\n2]}",
            "{\"Key\":\"\\n"
                + "k".repeat(4095)
                + "\",\"Payload\":{\"a\":\n\""
                + "x".repeat(4095)
                + "\"}}",
            "{\"Payload\":[\n\"" + "y".repeat(10_000) + "\"]}",
            "{\"Key\":\"e\",\"Expires\":\"2027-01-02T03:04:05.678Z\",\"Priority\":-7}",
            "{\"Expires\":\"0000-01-01T00:00:00Z\",\"Priority\":2147483648}");
    List<Message> expected = new ArrayList<>();
    List<String> sent = new ArrayList<>();
    for (String kind : kinds) {
      Request alone = Events.requestOf("{\"topic\":\"t\",\"messages\":[" + kind + "]}");
      expected.add(alone.messages().get(0));
    }
    Random random = new Random(1);
    List<Message> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      int kind = random.nextInt(random.nextInt(100) == 0 ? kinds.size() : 4);
      sent.add(kinds.get(kind));
      all.add(expected.get(kind));
    }
    String value = "{\"topic\":\"t\",\"messages\":[" + String.join(", ", sent) + "]}";
    List<Message> messages = Events.requestOf(value).messages();
    assertThat(messages).hasSize(10_000);
    assertThat(messages.equals(all)).isTrue();
    assertThat(messages.get(9_999)).isEqualTo(all.get(9_999));
  }

  @Test
  void veryManyAcksAreThoseThatWereSent() {
    List<Bytes> keys =
        IntStream.range(0, 10_000).mapToObj(i -> Bytes.utf8(i == 7 ? "" : "k\"" + i)).toList();
    String acks =
        keys.stream()
            .map(key -> "\"" + key.text().replace("\"", "\\\"") + "\"")
            .collect(Collectors.joining(","));
    String value = "{\"topic\":\"t\",\"subscriber\":\"s\",\"acks\":[" + acks + "]}";
    assertThat(Events.requestOf(value).acks().equals(keys)).isTrue();
  }

  @Test
  void confirmMayHave4096BytesAndNoMore() {
    assertThat(Events.requestOf("{\"confirm\":\"" + "c".repeat(4096) + "\"}").confirm())
        .hasSize(4096);
    assertThat(refusal("{\"confirm\":\"" + "c".repeat(4097) + "\"}"))
        .isEqualTo("refused: Confirm is longer than 4096 bytes (at byte 11)");
  }

  @Test
  void payloadsAndKeysAreNotInReasonsNorInStrings() {
    Request request =
        Events.requestOf(
            "{\"topic\":\"t\",\"messages\":[{\"Key\":\"secret\",\"Payload\":\"secret\"}]}");
    assertThat(request + " " + request.messages()).doesNotContain("secret");
    assertThat(
            Events.of("{\"topic\":\"t\",\"messages\":[{\"Key\":\"secret\",\"Payload\":secret}]}"))
        .containsExactly("broken: not JSON (at byte 51)");
  }
}
