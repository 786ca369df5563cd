package io.ppmq.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class JsonTreeTest {
  /** What the broker stores as it came, but a JSON library refuses by itself. */
  static Stream<String> payloads() {
    return Stream.of(
        "1".repeat(1001),
        "-0." + "5".repeat(2000),
        "1e99999999999",
        "[1E-99999999999]",
        "{\"" + "n".repeat(60_000) + "\":1}",
        "{\"\\uD800\":1}",
        '"' + "x".repeat(21_000_000) + '"');
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void letterIsReadWhateverItsPayload(String payload) throws Exception {
    String line = "{\"deadLetter\":\"graves\",\"id\":\"k\",\"letter\":{\"n\":2,\"payload\":%s}}";

    JsonTree letter = JsonTree.parse(line.formatted(payload).getBytes(UTF_8));

    assertThat(letter.text("id")).isEqualTo("k");
    assertThat(letter.object("letter").count("n")).isEqualTo(2);
  }

  @Test
  void numberIsShownAsItIsWritten() throws Exception {
    JsonTree tree = JsonTree.parse("{\"n\":1.50,\"e\":[1e3]}".getBytes(UTF_8));

    assertThat(tree.text("n")).isEqualTo("1.50");
    assertThat(tree.number("n")).isEqualTo("1.50");
    assertThat(tree.texts("e")).containsExactly("1e3");
    assertThat(tree.number("absent")).isNull();
  }
}
