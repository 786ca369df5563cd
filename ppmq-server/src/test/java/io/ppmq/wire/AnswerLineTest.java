package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AnswerLineTest {
  @Test
  void confirmIsRepeated() {
    assertThat(new String(AnswerLine.confirmed("order 7", List.of()), UTF_8))
        .isEqualTo("{\"confirm\":\"order 7\"}\n");
  }

  @Test
  void refusalNamesTheReason() {
    assertThat(
            new String(AnswerLine.refused("7", ErrorCode.UNKNOWN_TOPIC, "no topic \"x\""), UTF_8))
        .isEqualTo(
            "{\"confirm\":\"7\",\"error\":\"no topic \\\"x\\\"\",\"code\":\"unknown-topic\"}\n");
  }

  /** The table in the code is the one in PROTOCOL.md, in the same order. */
  @Test
  void everyCodeStandsInTheProtocolWithItsMeaning() throws IOException {
    Pattern row = Pattern.compile("\\| `([a-z-]+)` \\| (.*) \\|");
    String protocol = Files.readString(Path.of("../PROTOCOL.md"));
    int from = protocol.indexOf("### Codes");
    String section = protocol.substring(from, protocol.indexOf("\n#", from));
    assertThat(section.lines().map(row::matcher).filter(Matcher::matches))
        .extracting(line -> line.group(1) + ": " + line.group(2))
        .containsExactlyElementsOf(
            Stream.of(ErrorCode.values()).map(c -> c.word() + ": " + c.meaning()).toList());
  }

  @Test
  void answerIsOneLineWhateverTheConfirmHolds() {
    String confirm = "a\"b\\c\nd\re\tf\u0000\u00e9\u2028\ud83d\ude00";
    String line = new String(AnswerLine.confirmed(confirm, List.of()), UTF_8);
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
    assertThat(Events.requestOf(line).confirm()).isEqualTo(confirm);
  }
}
