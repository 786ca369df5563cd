package io.ppmq.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FormatTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "| PROMETHEUS",
        "*/* | PROMETHEUS",
        "text/plain | PROMETHEUS",
        "application/openmetrics-text | OPEN_METRICS",
        "application/openmetrics-text;q=0 | PROMETHEUS",
        "application/openmetrics-text;q=much | PROMETHEUS",
        "application/openmetrics-text;q=0.3,text/plain;q=0.4 | PROMETHEUS",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1 | OPEN_METRICS",
        "text/plain;version=0.0.4;q=0.5, Application/OpenMetrics-Text; version=1.0.0; q=0.6"
            + " | OPEN_METRICS",
      })
  void formatIsTheOneThatTheRequestPrefers(String accept, Format format) {
    assertThat(Format.of(accept)).isEqualTo(format);
  }
}
