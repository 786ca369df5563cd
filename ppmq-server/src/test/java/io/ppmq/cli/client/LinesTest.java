package io.ppmq.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LinesTest {
  private static List<String> lines(String text, int bytesMax) {
    Lines lines = new Lines(new ByteArrayInputStream(text.getBytes(UTF_8)), bytesMax);
    List<String> all = new java.util.ArrayList<>();
    lines.forEachRemaining(all::add);
    return all;
  }

  @Test
  void theLastLineNeedsNoLineFeed() {
    assertThat(lines("a\nb", 10)).containsExactly("a", "b");
    assertThat(lines("a\nb\n", 10)).containsExactly("a", "b");
    assertThat(lines("", 10)).isEmpty();
  }

  @Test
  void emptyLinesCount() {
    assertThat(lines("\n\r\na", 10)).containsExactly("", "", "a");
  }

  @Test
  void linesLongerThanAReadAreWhole() {
    String line = "é".repeat(100_000);

    assertThat(lines(line + "\n" + line, 1 << 20)).containsExactly(line, line);
  }

  @Test
  void aLineThatIsTooLongIsNamed() {
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> lines("ok\n" + "x".repeat(200_000), 100))
        .withMessageContaining("line 2 is longer than MaxMessageBytes, 100");
  }
}
