package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DelayReaderTest {
  private static final Instant NOW = Instant.parse("2026-11-29T10:00:00Z");

  private static Events read(String... messages) {
    Events events = new Events();
    Limits limits = new Limits(4 << 20, 16 << 20);
    Decoder decoder =
        new Decoder(new ValueParser(limits, NOW::toEpochMilli), new InputBudget(), events);
    byte[] bytes =
        ("{\"topic\":\"t\",\"messages\":[" + String.join(",", messages) + "]}").getBytes(UTF_8);
    decoder.feed(bytes, 0, bytes.length);
    return events;
  }

  private static @Nullable Delay delay(String fields) {
    return read("{" + fields + "}").requests.get(0).messages().get(0).delay();
  }

  private static String refusal(String fields) {
    List<String> lines = read("{}", "{" + fields + "}").lines;
    assertThat(lines).hasSize(1);
    return lines.get(0);
  }

  @ParameterizedTest
  @CsvSource({"30s,30000", "1h30m,5400000", "1.5ms,2", "1ns,1", "87600h,315360000000"})
  void delayIsADurationAsGoWritesItRoundedUpToAMillisecond(String text, long millis) {
    assertThat(delay("\"Delay\":\"" + text + "\"")).isEqualTo(new Delay(true, millis));
  }

  @Test
  void notBeforeIsATimeRoundedUpToAMillisecond() {
    assertThat(delay("\"NOTBEFORE\":\"2026-11-29T12:00:00.0001+01:00\""))
        .isEqualTo(new Delay(false, NOW.toEpochMilli() + 3_600_001));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"Delay\":\"0s\"",
        "\"Delay\":\"0\"",
        "\"Delay\":\"-0s\"",
        "\"Delay\":\"\"",
        "\"Delay\":null",
        "\"NotBefore\":\"\"",
        "\"NotBefore\":null",
        "\"NotBefore\":\"0001-01-01T00:00:00Z\"",
        "\"NotBefore\":\"0001-01-01T01:00:00+01:00\"",
        "\"NotBefore\":\"2026-11-29T10:00:00Z\"",
        "\"NotBefore\":\"1969-01-02T03:04:05.6Z\"",
        "\"NotBefore\":\"0000-01-01T00:00:00Z\"",
      })
  void emptyZeroAndPastDelaysMeanNoDelay(String fields) {
    assertThat(delay(fields)).isNull();
  }

  @Test
  void emptyDelayIsAllowedBesideNotBeforeAndTheReverse() {
    assertThat(delay("\"Delay\":\"1s\",\"NotBefore\":\"0001-01-01T00:00:00Z\""))
        .isEqualTo(new Delay(true, 1_000));
    assertThat(delay("\"Delay\":\"0s\",\"NotBefore\":\"2026-11-29T10:00:01Z\""))
        .isEqualTo(new Delay(false, NOW.toEpochMilli() + 1_000));
  }

  @ParameterizedTest
  @CsvSource({
    "'\"Delay\":\"1s\",\"NotBefore\":\"2027-01-02T03:04:05Z\"', has Delay and NotBefore",
    "'\"NotBefore\":\"2020-01-02T03:04:05Z\",\"Delay\":\"1s\"', has Delay and NotBefore",
    "'\"Delay\":\"-1s\"', Delay is negative: \"-1s\"",
    "'\"Delay\":\"30\"', Delay \"30\" lacks a unit",
    "'\"Delay\":\"soon\"', Delay \"soon\" is not a duration",
    "'\"Delay\":30', Delay must be a string",
    "'\"Delay\":\"88000h\"', Delay is longer than 10 years: \"88000h\"",
    "'\"NotBefore\":\"2036-12-02T10:00:00Z\"', NotBefore is more than 10 years away",
    "'\"NotBefore\":\"9999-12-31T23:59:59Z\"', NotBefore is more than 10 years away",
    "'\"NotBefore\":\"9999-12-31T23:59:59-23:59\"', '10 years away: \"9999-12-31T23:59:59-23:59\"'",
    "'\"NotBefore\":\"tomorrow\"', NotBefore is not an RFC 3339 time: \"tomorrow\"",
    "'\"NotBefore\":5', NotBefore must be a string",
  })
  void whatNoMessageCanHaveIsRefused(String fields, String reason) {
    assertThat(refusal(fields)).startsWith("refused: Messages[1]: ").contains(reason);
  }

  @Test
  void lastOfRepeatedDelaysCountsAndNothingCarriesOver() {
    assertThat(delay("\"Delay\":\"1s\",\"delay\":\"2s\"")).isEqualTo(new Delay(true, 2_000));
    List<Message> messages = read("{\"Delay\":\"1s\"}", "{}").requests.get(0).messages();
    assertThat(messages.get(1).delay()).isNull();
  }

  @Test
  void delaysOfVeryManyMessagesAreReadToo() {
    String[] texts =
        IntStream.range(0, PackedMessages.UNPACKED_MAX + 300)
            .mapToObj(
                i ->
                    switch (i % 3) {
                      case 0 -> "{\"Delay\":\"" + i + "ms\",\"Priority\":" + i + "}";
                      case 1 ->
                          "{\"NotBefore\":\"" + NOW.plusMillis(i) + "\",\"Payload\":" + i + "}";
                      default -> "{\"Payload\":" + i + "}";
                    })
            .toArray(String[]::new);
    List<Message> messages = read(texts).requests.get(0).messages();
    assertThat(messages).isInstanceOf(PackedMessages.class);
    List<@Nullable Delay> delays =
        messages.stream().map(Message::delay).collect(Collectors.toList());
    for (int i = 1; i < texts.length; i++) {
      Delay expected =
          switch (i % 3) {
            case 0 -> new Delay(true, i);
            case 1 -> new Delay(false, NOW.toEpochMilli() + i);
            default -> null;
          };
      assertThat(delays.get(i)).isEqualTo(expected);
    }
  }
}
