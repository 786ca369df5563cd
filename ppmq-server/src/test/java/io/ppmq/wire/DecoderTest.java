package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecoderTest {
  private static final Limits LIMITS = new Limits(40, 200);
  private static final String ACK = "{\"topic\":\"t\",\"subscriber\":\"s\",\"acks\":[\"a\"]}";
  private static final String ACK_EVENT =
      "request of "
          + ACK.length()
          + " bytes: topic t, messages [], subscriber s, acks [a], command null, confirm null";

  /**
   * The reports of a decoder about bytes (a char each), which must be the same wherever they are
   * split.
   */
  private static List<String> events(Limits limits, String input) {
    byte[] bytes = input.getBytes(ISO_8859_1);
    List<String> whole = Events.of(limits, bytes);
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertThat(Events.of(limits, bytes, cut)).as("cut at %d", cut).isEqualTo(whole);
    }
    int[] everywhere = IntStream.range(0, bytes.length).toArray();
    assertThat(Events.of(limits, bytes, everywhere)).isEqualTo(whole);
    return whole;
  }

  private static List<String> events(String input) {
    return events(LIMITS, input);
  }

  @Test
  void whiteSpaceBetweenValuesIsOptional() {
    assertThat(events(ACK + ACK + "\r\n\t " + ACK + " "))
        .containsExactly(ACK_EVENT, ACK_EVENT, ACK_EVENT);
    assertThat(events("")).isEmpty();
    assertThat(events(" \n")).isEmpty();
  }

  @Test
  void bracketsAndEscapesWithinStringsAreText() {
    assertThat(events("{\"confirm\":\"}]{[\\\"\\\\\"}" + ACK))
        .containsExactly(
            "request of 22 bytes: topic null, messages [], subscriber null, acks [],"
                + " command null, confirm }]{[\"\\",
            ACK_EVENT);
  }

  @Test
  void whatComesBeforeBrokenJsonIsCarriedOut() {
    assertThat(events(ACK + "\n{\"topic\":tt}" + ACK))
        .containsExactly(ACK_EVENT, "broken: not JSON (at byte " + (ACK.length() + 10) + ")");
  }

  @Test
  void brokenJsonBreaksTheConnection() {
    assertThat(events("hello"))
        .containsExactly("broken: a value must be a JSON object (at byte 0)");
    assertThat(events(" [1]")).containsExactly("broken: a value must be a JSON object (at byte 1)");
    assertThat(events(ACK + "}"))
        .containsExactly(ACK_EVENT, "broken: a value must be a JSON object (at byte 43)");
    assertThat(events("{\"a\":[}"))
        .containsExactly("broken: brackets that do not match (at byte 6)");
    assertThat(events("{]")).containsExactly("broken: brackets that do not match (at byte 1)");
    assertThat(events("{\"a\nb\":1}"))
        .containsExactly("broken: a control character inside a string (at byte 3)");
    assertThat(events("{\u0000}")).containsExactly("broken: not JSON (at byte 1)");
    assertThat(events("{\u00e9}")).containsExactly("broken: not JSON (at byte 1)");
  }

  @Test
  void jsonThatOnlyLooksLikeItBreaksTheConnection() {
    for (String value :
        new String[] {
          "{,}",
          "{\"a\"}",
          "{\"a\":}",
          "{\"a\":1,}",
          "{\"a\":01}",
          "{\"a\":+1}",
          "{\"a\":.5}",
          "{\"a\":1.}",
          "{\"a\":1e}",
          "{\"a\":nul}",
          "{\"a\":NaN}",
          "{a:1}",
          "{\"a\" 1}",
          "{\"a\":1 \"b\":2}",
          "{\"a\":[1,]}",
          "{\"a\":[1 2]}",
          "{\"a\":\"\\x\"}",
          "{\"a\":\"\\u12g4\"}",
          "{\"a\":\"\\u12\"}",
          "{\"a\":1/*c*/}",
          "{\"a\\q\":1}",
          "{'a':1}"
        }) {
      assertThat(events(value + ACK))
          .as(value)
          .singleElement()
          .asString()
          .startsWith("broken: not JSON (at byte ");
    }
  }

  @Test
  void brokenValueIsAnsweredWhenItsConfirmHasCome() {
    assertThat(events("{\"confirm\":\"c\",\"a\":[}"))
        .containsExactly("broken: brackets that do not match (at byte 20), confirm c");
    assertThat(events("{\"confirm\":\"c\",\"a\":x}"))
        .containsExactly("broken: not JSON (at byte 19), confirm c");
    assertThat(events("{\"Confirm\" : \"\\u0063\",\"a\":"))
        .containsExactly("broken: cut off within a value (at byte 26), confirm c");
  }

  @Test
  void cutOffValueIsReportedWhereTheConnectionEnds() {
    assertThat(events(ACK + " {\"topic\":\"t"))
        .containsExactly(ACK_EVENT, "broken: cut off within a value (at byte 55)");
  }

  @Test
  void nothingIsReadAfterTheConnectionIsBroken() {
    Events events = new Events();
    Decoder decoder = new Decoder(new ValueParser(LIMITS), new InputBudget(), events);
    byte[] input = ("}" + ACK).getBytes(UTF_8);
    assertThat(decoder.feed(input, 0, input.length)).isFalse();
    assertThat(decoder.feed(input, 1, input.length)).isFalse();
    decoder.end();
    assertThat(events.lines).hasSize(1);
  }

  @Test
  void valueOverTheLimitIsRefusedAndTheConnectionGoesOn() {
    String fits = "{\"a\":\"" + "x".repeat(192) + "\"}";
    assertThat(events(fits)).singleElement().asString().startsWith("request of 200 bytes");
    assertThat(events(ACK + "{\"a\":\"" + "x".repeat(193) + "\"}" + ACK))
        .containsExactly(
            ACK_EVENT, "refused: a value longer than 200 bytes (at byte 243)", ACK_EVENT);
    assertThat(events("{\"a\":\"}" + "x".repeat(500) + "\\\"{[\"}" + ACK))
        .containsExactly("refused: a value longer than 200 bytes (at byte 200)", ACK_EVENT);
  }

  @Test
  void bytesBeyondTheLimitOfAValueAreNotChecked() {
    assertThat(events("{\"a\":\"" + "x".repeat(300) + "\",]\u0000\"\n\"}" + ACK))
        .contains("refused: a value longer than 200 bytes (at byte 200)");
  }

  @Test
  void skippedValueIsAnsweredAtItsEnd() {
    String refused = "refused: a value longer than 200 bytes (at byte 200)";
    String skipped = "skipped: a value longer than 200 bytes (at byte 200), confirm c";
    String large = "\"a\":\"" + "x".repeat(300) + "\"";
    assertThat(events("{\"confirm\":\"c\"," + large + "}" + ACK))
        .containsExactly(refused, skipped, ACK_EVENT);
    assertThat(events("{" + large + ", \"CONFIRM\" : \"\\u0063\" }" + ACK))
        .containsExactly(refused, skipped, ACK_EVENT);
    assertThat(events("{\"confirm\":\"b\"," + large + ",\"confirm\":\"c\"}"))
        .containsExactly(refused, skipped);
  }

  @Test
  void refusedValueThatIsCutOffIsReportedOnceAndAnswered() {
    String refused = "refused: a value longer than 200 bytes (at byte 200)";
    String answered = "skipped: a value longer than 200 bytes (at byte 200), confirm c";
    String large = ",\"a\":\"" + "x".repeat(300);
    assertThat(events("{\"confirm\":\"c\"" + large)).containsExactly(refused, answered);
    assertThat(events("{\"confirm\":\"" + "c".repeat(300))).containsExactly(refused);
    assertThat(events("{\"confirm\":\"c\",\"a\":" + "[".repeat(70)))
        .containsExactly(
            "refused: nested deeper than 64 levels (at byte 82)",
            "skipped: nested deeper than 64 levels (at byte 82), confirm c");
  }

  @Test
  void longestConfirmOfASkippedValueIsAnswered() {
    String confirm = "c".repeat(4096);
    String value = "{\"a\":\"" + "x".repeat(300) + "\",\"confirm\":\"" + confirm + "\"}";
    assertThat(Events.of(LIMITS, value.getBytes(UTF_8)))
        .containsExactly(
            "refused: a value longer than 200 bytes (at byte 200)",
            "skipped: a value longer than 200 bytes (at byte 200), confirm " + confirm);
  }

  @Test
  void onlyAConfirmOfTheSkippedValueItselfIsAnswered() {
    String refused = "refused: a value longer than 200 bytes (at byte 200)";
    String large = "\"a\":\"" + "x".repeat(300) + "\"";
    for (String field :
        new String[] {
          "\"b\":{\"confirm\":\"c\"}",
          "\"b\":\"confirm\",\"c\":\"d\"",
          "\"b\":[\"confirm\",\"c\"]",
          "\"confirm\":1,\"b\":\"c\"",
          "\"confirm\":[\"c\"]",
          "\"confirms\":\"c\"",
          "\"confirm\":\"" + "c".repeat(4097) + "\"",
          "\"confirm\":\"\\x\"",
          "\"confirm\":\"\u00ff\"",
          "\"confirm\":\"" + "\\u0063".repeat(4097) + "\""
        }) {
      assertThat(Events.of(LIMITS, ("{" + large + "," + field + "}").getBytes(ISO_8859_1)))
          .as(field)
          .containsExactly(refused);
    }
  }

  @Test
  void payloadOverTheLimitIsRefused() {
    String start = "{\"topic\":\"t\",\"messages\":[{\"Payload\":";
    String reason = "refused: Messages[0]: Payload is longer than 40 bytes (at byte 36)";
    for (String fits :
        new String[] {"\"" + "x".repeat(40) + "\"", "1".repeat(40), "[" + "1".repeat(38) + "]"}) {
      assertThat(events(start + fits + "}]}")).singleElement().asString().startsWith("request");
    }
    for (String large :
        new String[] {"\"" + "x".repeat(41) + "\"", "1".repeat(41), "[" + "1".repeat(39) + "]"}) {
      assertThat(events(start + large + "}]}" + ACK)).containsExactly(reason, ACK_EVENT);
    }
  }

  @Test
  void nestingMayBe64DeepAndNoDeeper() {
    String fits = "{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}";
    assertThat(events(fits)).singleElement().asString().startsWith("request of 132 bytes");
    assertThat(events("{\"a\":" + "[".repeat(64) + "]".repeat(64) + ",\"confirm\":\"c\"}" + ACK))
        .containsExactly(
            "refused: nested deeper than 64 levels (at byte 68)",
            "skipped: nested deeper than 64 levels (at byte 68), confirm c",
            ACK_EVENT);
    String objects = "{\"a\":".repeat(65) + "1" + "}".repeat(65);
    assertThat(events(new Limits(40, 1000), objects + ACK))
        .containsExactly("refused: nested deeper than 64 levels (at byte 320)", ACK_EVENT);
  }

  @Test
  void brokenUtf8IsRefused() {
    for (String flaw :
        new String[] {
          "\u0080",
          "\u00c0\u00af",
          "\u00c1\u00bf",
          "\u00c3",
          "\u00c3x",
          "\u00e0\u0080\u00af",
          "\u00e0\u009f\u00bf",
          "\u00ed\u00a0\u0080",
          "\u00ed\u00bf\u00bf",
          "\u00e2\u0082",
          "\u00f0\u0080\u0080\u0080",
          "\u00f0\u008f\u00bf\u00bf",
          "\u00f4\u0090\u0080\u0080",
          "\u00f5\u0080\u0080\u0080",
          "\u00ff",
          "\u00fe",
          "\u00f0\u009f\u0098"
        }) {
      assertThat(events("{\"confirm\":\"c\",\"x\":\"ab" + flaw + "\"}" + ACK))
          .as(flaw)
          .containsExactly("refused: broken UTF-8 (at byte 22), confirm c", ACK_EVENT);
    }
  }

  @Test
  void soundUtf8IsTaken() {
    String text = "\u0080\u07ff\u0800\ud7ff\ue000\uffff\ud800\udc00\udbff\udfff";
    assertThat(Events.requestOf("{\"confirm\":\"" + text + "\",\"\u00e9\":1}").confirm())
        .isEqualTo(text);
  }

  @Test
  void endlessStringIsReadWithinBounds() {
    Events events = new Events();
    Limits limits = new Limits(4 << 20, 16 << 20);
    Decoder decoder = new Decoder(new ValueParser(limits), new InputBudget(), events);
    byte[] start = "{\"topic\":\"t\",\"messages\":[{\"Payload\":\"".getBytes(UTF_8);
    decoder.feed(start, 0, start.length);
    byte[] chunk = new byte[InputBudget.SMALL_BYTES_MAX];
    Arrays.fill(chunk, (byte) 'x');
    long most = 0;
    while (decoder.offset() < 300_000_000) {
      assertThat(decoder.feed(chunk, 0, decoder.room())).isTrue();
      most = Math.max(most, decoder.keptBytes());
    }
    assertThat(most).isBetween(8L << 20, 16L << 20);
    assertThat(decoder.keptBytes()).isZero();
    byte[] end = ("\"}],\"confirm\":\"c\"}" + ACK).getBytes(UTF_8);
    decoder.feed(end, 0, end.length);
    assertThat(events.lines)
        .containsExactly(
            "refused: a value longer than 16777216 bytes (at byte 16777216)",
            "skipped: a value longer than 16777216 bytes (at byte 16777216), confirm c",
            ACK_EVENT);
  }

  @Test
  void millionBracketsAreReadWithinBounds() {
    Events events = new Events();
    Decoder decoder = new Decoder(new ValueParser(LIMITS), new InputBudget(), events);
    byte[] start = "{\"a\":".getBytes(UTF_8);
    decoder.feed(start, 0, start.length);
    byte[] opening = "[".repeat(1000).getBytes(UTF_8);
    byte[] closing = "]".repeat(1000).getBytes(UTF_8);
    for (int i = 0; i < 1000; i++) {
      decoder.feed(opening, 0, opening.length);
      assertThat(decoder.keptBytes()).isZero();
    }
    for (int i = 0; i < 1000; i++) {
      decoder.feed(closing, 0, closing.length);
    }
    byte[] end = ("}" + ACK).getBytes(UTF_8);
    decoder.feed(end, 0, end.length);
    assertThat(events.lines)
        .containsExactly("refused: nested deeper than 64 levels (at byte 68)", ACK_EVENT);
  }

  @Test
  void longNamesAndNumbersAreNoReasonToRefuse() {
    String longName = "n".repeat(1 << 20);
    String longNumber = "1".repeat(1 << 20);
    assertThat(Events.of(new Limits(10, 4 << 20), value(longName, longNumber)))
        .singleElement()
        .asString()
        .contains("confirm c");
  }

  private static byte[] value(String name, String number) {
    return ("{\"" + name + "\":" + number + ",\"confirm\":\"c\"}").getBytes(UTF_8);
  }

  @Test
  void largestValueIsTakenAndHandedOver() {
    Events events = new Events();
    Limits limits = new Limits(4 << 20, 16 << 20);
    Decoder decoder = new Decoder(new ValueParser(limits), new InputBudget(), events);
    String message = "{\"Payload\":\"" + "x".repeat(4 << 20) + "\"}";
    StringBuilder value = new StringBuilder("{\"topic\":\"t\",\"messages\":[");
    value.append(message).append(',').append(message).append(',').append(message).append("]}");
    byte[] bytes = value.toString().getBytes(UTF_8);
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + decoder.room());
      decoder.feed(bytes, from, to);
      from = to;
    }
    assertThat(events.requests).hasSize(1);
    assertThat(events.requests.get(0).messages()).hasSize(3);
    assertThat(events.requests.get(0).messages().get(2).payload().length())
        .isEqualTo((4 << 20) + 2);
    assertThat(decoder.keptBytes()).isZero();
  }

  @Test
  void nothingIsKeptBetweenValues() {
    Decoder decoder = new Decoder(new ValueParser(LIMITS), new InputBudget(), new Events());
    byte[] input = (ACK + " ").getBytes(UTF_8);
    decoder.feed(input, 0, 10);
    assertThat(decoder.keptBytes()).isPositive();
    decoder.feed(input, 10, input.length);
    assertThat(decoder.keptBytes()).isZero();
  }

  @Test
  void requestDoesNotChangeWhenTheChunkIsUsedAgain() {
    Events events = new Events();
    Decoder decoder = new Decoder(new ValueParser(LIMITS), new InputBudget(), events);
    byte[] chunk = ACK.getBytes(UTF_8);
    decoder.feed(chunk, 0, chunk.length);
    Arrays.fill(chunk, (byte) '#');
    assertThat(events.requests.get(0).acks().get(0).text()).isEqualTo("a");
  }

  @Test
  void sinkMayCloseTheDecoderWhileItIsFed() {
    ClosingSink sink = new ClosingSink();
    Decoder decoder = new Decoder(new ValueParser(LIMITS), new InputBudget(), sink);
    sink.decoder = decoder;
    byte[] input = (ACK + ACK).getBytes(UTF_8);
    assertThat(decoder.feed(input, 0, input.length)).isFalse();
    assertThat(sink.requests).isEqualTo(1);
  }

  private static final class ClosingSink implements Sink {
    private Decoder decoder;
    private int requests;

    @Override
    public void request(Request request, long offset, int bytes) {
      requests++;
      decoder.close();
    }

    @Override
    public void refused(Refusal refusal) {
      throw new AssertionError(refusal);
    }

    @Override
    public void skipped(Refusal refusal) {
      throw new AssertionError(refusal);
    }

    @Override
    public void broken(Refusal refusal) {
      throw new AssertionError(refusal);
    }

    @Override
    public void roomAgain() {}

    @Override
    public boolean isRead() {
      return true;
    }

    @Override
    public void stalled() {}
  }
}
