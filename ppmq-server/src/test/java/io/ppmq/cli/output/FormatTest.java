package io.ppmq.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FormatTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1572864, 1.5 MiB",
    "9223372036854775807, 8388608.0 TiB",
  })
  void bytesHaveTheirUnit(long bytes, String shown) {
    assertThat(Format.bytes(bytes)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0s",
    "2340, 2.3s",
    "9999, 10.0s",
    "45000, 45s",
    "192000, 3m12s",
    "18180000, 5h03m",
    "187200000, 2d04h",
  })
  void agesHaveTwoUnitsAtMost(long millis, String shown) {
    assertThat(Format.age(Duration.ofMillis(millis))).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({"0, 0 topics", "1, 1 topic", "2, 2 topics"})
  void oneIsNotPlural(long count, String shown) {
    assertThat(Format.count(count, "topic")).isEqualTo(shown);
  }
}
