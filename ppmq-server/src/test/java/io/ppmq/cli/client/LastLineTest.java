package io.ppmq.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The stderr of a command. */
class LastLineTest {
  @ParameterizedTest
  @CsvSource({
    "'first|why|', 'first|why|', why",
    "'first|why', 'first|why|', why",
    "'why|  |', 'why|  |', why",
    "'|', '|', ''",
    "'', '', ''",
  })
  void isPassedOnInWholeLines(String written, String shown, String last) throws Exception {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    ByteArrayInputStream in = new ByteArrayInputStream(written.replace('|', '\n').getBytes(UTF_8));

    assertThat(new LastLine(in, new PrintStream(err, false, UTF_8)).await()).isEqualTo(last);

    assertThat(err.toString(UTF_8)).isEqualTo(shown.replace('|', '\n'));
  }
}
