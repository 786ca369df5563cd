package io.ppmq.broker.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.topic.DeadMessage;
import io.ppmq.topic.Letter;
import io.ppmq.topic.Nack;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The content of a dead letter. */
class DeadLetterTest {
  private static final long DIED_MILLIS = 1_800_000_000_000L;

  @Test
  void itSaysWhereAndWhyAMessageDiedAndHasTheMessageLast() {
    Letter letter = letter("orders", dead("{\"a\": 1}", 3, null));

    assertThat(letter.payload().text())
        .isEqualTo(
            "{\"topic\":\"orders\",\"subscriber\":\"ann\",\"key\":\"k\",\"attempts\":3,"
                + "\"published\":\"1970-01-01T00:00:01Z\",\"died\":\"2027-01-15T08:00:00Z\","
                + "\"reason\":\"sent 3 times and not acknowledged, the last time before the end\","
                + "\"priority\":2,\"payload\":{\"a\": 1}}");
  }

  @Test
  void itsPayloadIsThatOfTheMessageByteForByte() {
    Letter letter = letter("orders", dead(" {\"a\" : \"}\\\"\"}", 1, null));

    assertThat(letter.origin().payloadIn(letter.payload()))
        .isEqualTo(Bytes.utf8(" {\"a\" : \"}\\\"\"}"));
  }

  @Test
  void theReasonOfANackIsTheReason() {
    assertThat(letter("orders", dead("1", 1, new Nack(0, "no such customer"))).payload().text())
        .contains("\"reason\":\"no such customer\"");
    assertThat(letter("orders", dead("1", 1, new Nack(0, null))).payload().text())
        .contains("\"reason\":\"sent once and nacked\"");
    assertThat(letter("orders", dead("1", 2, new Nack(0, null))).payload().text())
        .contains("\"reason\":\"sent 2 times and nacked the last time\"");
  }

  @Test
  void whatJsonWouldNotTakeIsEscaped() {
    Letter letter = letter("a \"b\" \\ \t\u0001", dead("1", 1, null));

    assertThat(letter.payload().text())
        .startsWith("{\"topic\":\"a \\\"b\\\" \\\\ \\u0009\\u0001\",");
  }

  private static Letter letter(String topic, DeadMessage dead) {
    return DeadLetter.of(topic, "ann", dead, DIED_MILLIS, "before the end");
  }

  private static DeadMessage dead(String payload, int attempts, @Nullable Nack nack) {
    Bytes key = Bytes.utf8("k");
    return new DeadMessage(key, null, 0, null, Bytes.utf8(payload), null, 2, attempts, nack, 1000);
  }
}
