package io.ppmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "+0, 0",
    "-0, 0",
    "0s, 0",
    "5s, 5000000000",
    "+5s, 5000000000",
    "-5s, -5000000000",
    "1478s, 1478000000000",
    "5.0s, 5000000000",
    "5.6s, 5600000000",
    "5.s, 5000000000",
    ".5s, 500000000",
    "-.5s, -500000000",
    "1.004s, 1004000000",
    "100.00100s, 100001000000",
    "10ns, 10",
    "11us, 11000",
    "12µs, 12000",
    "12μs, 12000",
    "13ms, 13000000",
    "15m, 900000000000",
    "16h, 57600000000000",
    "3h30m, 12600000000000",
    "30m3h, 12600000000000",
    "1s1s, 2000000000",
    "10.5s4m, 250500000000",
    "-2m3.4s, -123400000000",
    "1h2m3s4ms5us6ns, 3723004005006",
    "39h9m14.425s, 140954425000000",
    "0000000000000000000000000000005s, 5000000000",
    "52763797000ns, 52763797000",
    "0.3333333333333333333h, 1200000000000",
    "0.9223372036854775807h, 3320413933267",
    "0.100000000000000000000h, 360000000000",
    "0.830103483285477580700h, 2988372539827",
    "9007199254740993ns, 9007199254740993",
    "9223372036854775807ns, 9223372036854775807",
    "9223372036854775.807us, 9223372036854775807",
    "-9223372036854775808ns, -9223372036854775808",
    "2562047h47m16.854775807s, 9223372036854775807"
  })
  void durationOfGoIsReadToTheNanosecond(String text, long nanos) {
    assertThat(GoDuration.parse(text)).isEqualTo(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+",
        "s",
        ".",
        "-.",
        ".s",
        "+.s",
        "1d",
        "1h 30m",
        " 1s",
        "1s ",
        "1s\n",
        "1S",
        "--1s",
        "1.2.3s",
        "1hh",
        "1hm",
        "1m-1s",
        "5 minutes",
        "1e3s",
        "٣s",
        "1s.",
        "0x1s"
      })
  void whatIsNoDurationIsRefused(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("is not a duration: write it like 300ms, 5m or 1h30m");
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "-3", "1.5", "00"})
  void numberWithoutAUnitIsRefused(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text))
        .hasMessage("\"" + text + "\" lacks a unit: write it like 300ms, 5m or 1h30m");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775808ns",
        "-9223372036854775809ns",
        "9223372036854775.808us",
        "2562047h47m16.854775808s",
        "3000000h",
        "10000000000000000000000h",
        "9223372036s9223372036s"
      })
  void whatDoesNotFitIsRefused(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text))
        .hasMessageEndingWith("is too long: at most 2562047h47m16.854775807s");
  }

  @Test
  void endlessDigitsAreReadQuickly() {
    String digits = "1".repeat(1_000_000);
    assertThatThrownBy(() -> GoDuration.parse(digits)).hasMessageContaining("lacks a unit");
    assertThat(GoDuration.parse("0." + digits + "s").toNanos()).isCloseTo(111_111_111, within(1L));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "1, 1ns",
    "1100, 1.1µs",
    "2200000, 2.2ms",
    "3300000000, 3.3s",
    "245000000000, 4m5s",
    "300000000000, 5m0s",
    "245001000000, 4m5.001s",
    "18367001000000, 5h6m7.001s",
    "3600000000000, 1h0m0s",
    "480000000001, 8m0.000000001s",
    "-1500000, -1.5ms",
    "9223372036854775807, 2562047h47m16.854775807s",
    "-9223372036854775808, -2562047h47m16.854775808s"
  })
  void durationIsWrittenAsGoPrintsIt(long nanos, String text) {
    assertThat(GoDuration.format(Duration.ofNanos(nanos))).isEqualTo(text);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      Duration duration = Duration.ofNanos(random.nextLong() >> random.nextInt(64));
      String text = GoDuration.format(duration);
      assertThat(GoDuration.parse(text)).as("-Dseed=%d: %s", seed, text).isEqualTo(duration);
    }
  }
}
