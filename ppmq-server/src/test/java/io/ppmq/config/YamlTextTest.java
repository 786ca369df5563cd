package io.ppmq.config;

import static io.ppmq.config.Texts.START;
import static io.ppmq.config.Texts.errors;
import static io.ppmq.config.Texts.load;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTextTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# only words\n", "\uFEFF"})
  void emptyFileIsAnError(String text) {
    assertThat(errors(text))
        .containsExactly("ppmq.yaml: is empty: ServerSocket and DataPath are needed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n- a\n- b\n", "\njust words\n", "\n---\n"})
  void fileThatIsNoMappingIsAnError(String text) {
    assertThat(errors(text))
        .singleElement()
        .asString()
        .matches("ppmq\\.yaml:[23]: must be a mapping of keys to values, like \"DataPath: mem\"");
  }

  @Test
  void syntaxErrorIsReportedWithItsLine() {
    assertThat(errors(START + "Topics: [\n"))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:4: is not YAML: ");
    assertThat(errors("ServerSocket: a\n\tDataPath: b\n"))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:2: is not YAML: ");
    assertThat(errors(START + "Sync: \"\\UFFFFFFFF\"\n"))
        .containsExactly("ppmq.yaml:3: is not YAML: an escape stands for no character");
    assertThat(errors(START + "Sync: *unknown\n"))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:3: is not YAML: ");
  }

  @Test
  void secondDocumentIsAnErrorAndNotPassedOver() {
    assertThat(errors(START + "---\n" + START))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:3: is not YAML: expected a single document");
  }

  @Test
  void keyThatIsThereTwiceIsAnError() {
    assertThat(errors(START + "\"DataPath\": other\n"))
        .containsExactly("ppmq.yaml:3: \"DataPath\" is given twice, first in line 2");
  }

  @Test
  void keyThatIsNoWordIsAnError() {
    assertThat(errors(START + "? [a, b]\n: c\n<<: word\n"))
        .containsExactly(
            "ppmq.yaml:3: a key must be a single word",
            "ppmq.yaml:5: only mappings can be merged with <<");
  }

  @Test
  void bytesThatAreNotUtf8AreAnErrorWithTheirLine() {
    byte[] bytes = (START + "Sync: xx\n").getBytes(UTF_8);
    bytes[bytes.length - 2] = (byte) 0xff;
    assertThat(errors(bytes)).containsExactly("ppmq.yaml:3: is not UTF-8");
    assertThat(errors(new byte[] {'a', '\n', (byte) 0xc3}))
        .containsExactly("ppmq.yaml:2: is not UTF-8");
  }

  @Test
  void characterThatYamlForbidsIsAnErrorWithItsLine() {
    assertThat(errors(START + "Sync: a\u0007b\n"))
        .containsExactly("ppmq.yaml:3: holds U+0007, which YAML does not allow");
  }

  @Test
  void byteOrderMarkIsPassedOver() throws Exception {
    assertThat(load("\uFEFF" + START).config()).isEqualTo(load(START).config());
  }

  @Test
  void linesMayEndAsOnWindows() throws Exception {
    assertThat(load(START.replace("\n", "\r\n")).config()).isEqualTo(load(START).config());
  }

  @Test
  void hugeFileIsRefusedByItsSize() {
    assertThat(errors("#" + "x".repeat(YamlText.BYTES_MAX)))
        .containsExactly("ppmq.yaml: is larger than 16 MiB");
  }

  @Test
  void aliasesThatMultiplyAreRefused() {
    String bomb =
        IntStream.range(1, 12)
            .mapToObj(i -> "a" + i + ": &a" + i + " [" + ("*a" + (i - 1) + ",").repeat(10) + "]\n")
            .collect(Collectors.joining("", START + "a0: &a0 [x]\n", ""));
    assertThat(errors(bomb))
        .singleElement()
        .asString()
        .matches(
            "ppmq\\.yaml:\\d+: more than 4000000 values, each alias counted as the values it stands for");
  }

  @Test
  void mergesThatMultiplyAreRefused() {
    String bomb =
        IntStream.range(1, 40)
            .mapToObj(i -> "a" + i + ": &a" + i + " {<<: [*a" + (i - 1) + ", *a" + (i - 1) + "]}\n")
            .collect(Collectors.joining("", START + "a0: &a0 {x: y}\n", ""));
    assertThat(errors(bomb))
        .singleElement()
        .asString()
        .contains("more than 4000000 values, each alias");
  }

  @Test
  void valueThatContainsItselfIsRefused() {
    assertThat(errors(START + "Topics: &t\n- Name: a\n  <<: *t\n"))
        .containsExactly("ppmq.yaml:3: an alias stands for a value that it is part of");
    assertThat(errors("&root\n" + START + "x: *root\n"))
        .singleElement()
        .asString()
        .endsWith("an alias stands for a value that it is part of");
  }

  @Test
  void deepNestingIsRefused() {
    assertThat(errors(START + "x: " + "[".repeat(100_000)))
        .singleElement()
        .asString()
        .contains("Nesting Depth exceeded");
  }

  @Test
  void problemsBeyondAThousandAreOnlyCounted() {
    String text =
        IntStream.range(0, 3000)
            .mapToObj(i -> "- Name: t\n")
            .collect(Collectors.joining("", START + "Topics:\n", ""));
    assertThat(errors(text)).hasSize(1001).endsWith("ppmq.yaml: 1999 more errors are not shown");
  }

  @Test
  void wordsOfTheFileCannotSteerATerminal() {
    assertThat(errors(START + "Sync: \"\\e[31m\\u202e\"\n"))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:3: Sync \"\\u001b[31m\\u202e\" must be");
    assertThat(errors(START + "Sync: " + "x".repeat(500)))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:3: Sync \"" + "x".repeat(80) + "…\" must be");
  }
}
