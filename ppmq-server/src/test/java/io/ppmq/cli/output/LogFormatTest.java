package io.ppmq.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LogFormatTest {
  @ParameterizedTest
  @CsvSource({
    "serve, , serve",
    "serve --log-format=json, JSON, serve",
    "serve --log-format=text -c f, TEXT, serve -c f",
    "serve --log-format json, JSON, serve --log-format json",
    "serve --log-format=yaml, , serve --log-format=yaml",
    "serve --log-format, , serve --log-format",
    "serve --log-format=text --log-format=json, JSON, serve",
  })
  void isFoundInACommandLine(String line, LogFormat format, String rest) {
    String[] words = line.split(" ");
    assertThat(LogFormat.in(words)).isEqualTo(format);
    assertThat(LogFormat.without(words)).containsExactly(rest.split(" "));
  }
}
