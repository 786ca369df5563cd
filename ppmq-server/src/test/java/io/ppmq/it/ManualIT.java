package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manual and the completion that the build makes. */
class ManualIT {
  private static final Path TARGET = Path.of(System.getProperty("ppmq.home")).getParent();

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(TARGET.resolve("man"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** The output of a program on both streams. */
  private static String said(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void thereIsAPageForTheProgramEachCommandAndTheFile() throws Exception {
    assertThat(pages().stream().map(page -> page.getFileName().toString()))
        .contains("ppmq.1", "ppmq-serve.1", "ppmq-reload.1", "ppmq-top.1", "ppmq.yaml.5");
  }

  @Test
  void pagesAreSetWithoutWarnings() throws Exception {
    Requirement.programs("groff");
    for (Path page : pages()) {
      assertThat(said("groff", "-man", "-ww", "-z", page.toString())).as(page.toString()).isEmpty();
    }
  }

  /** The completions of bash for the last of these words. */
  private static String completed(String... words) throws Exception {
    StringBuilder line = new StringBuilder();
    for (String word : words) {
      line.append(" '").append(word).append('\'');
    }
    String script =
        "source '"
            + TARGET.resolve("completion/ppmq")
            + "'; COMP_WORDS=("
            + line
            + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complete_ppmq_and_names;"
            + " printf '%s\\n' \"${COMPREPLY[@]}\"";
    return said("bash", "-c", script);
  }

  /**
   * The completions of bash, with retries: it offers nothing if the broker does not answer within
   * two seconds, as on a busy machine.
   */
  private static String offered(String... words) throws Exception {
    AtomicReference<String> last = new AtomicReference<>("");
    Await.until(
        "something is offered",
        () -> {
          last.set(completed(words).strip());
          return !last.get().isEmpty();
        });
    return last.get();
  }

  /** zsh completes with aliases off, and has no compopt, which the completion of bash calls. */
  @Test
  void zshCompletesOptionsWithoutAnError(@TempDir Path functions) throws Exception {
    Requirement.programs("zsh");
    Path packaged = TARGET.resolve("../../packaging/zsh/_ppmq");
    Files.writeString(
        functions.resolve("_ppmq"),
        Files.readString(packaged)
            .replace(
                "/usr/share/bash-completion/completions/ppmq",
                TARGET.resolve("completion/ppmq").toString()));
    String script =
        "setopt no_aliases; compdef() { : }; fpath=('"
            + functions
            + "' $fpath); autoload -U _ppmq; _ppmq >/dev/null 2>&1; setopt ksharrays shwordsplit;"
            + " COMP_WORDS=(ppmq publish --topic=) COMP_CWORD=2;"
            + " _complete_ppmq_and_names ppmq --topic= publish; print -r -- ${COMPREPLY[*]}";
    assertThat(said("zsh", "-f", "-c", script)).contains("--priority").doesNotContain("compopt");
  }

  @Test
  void completionKnowsTheNamesOfTheRunningBroker() throws Exception {
    Requirement.programs("timeout");
    String ppmq = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq").toString();
    Layout layout =
        new Layout().topicFor(List.of("mailer"), "mails").topicFor(List.of(), "'my orders'");
    try (Site site = Site.started(Storage.MEMORY, layout)) {
      String config = site.config().toString();
      assertThat(offered(ppmq, "peek", "-c", config, "-t", "ma")).isEqualTo("mails");
      assertThat(offered(ppmq, "peek", "--config", "=", config, "--topic", "=", "my"))
          .isEqualTo("my\\ orders");
      assertThat(offered(ppmq, "stats", "-c", config, "-s", ""))
          .contains("mailer")
          .doesNotContain("mails");
      assertThat(offered(ppmq, "purge", "--socket", site.serverSocket().toString(), "-s", "m"))
          .isEqualTo("mailer");
      assertThat(offered(ppmq, "pa")).isEqualTo("pause");
    }
  }

  @Test
  void completionOffersNothingAndSaysNothingWhereTheBrokerIsAway() throws Exception {
    Requirement.programs("timeout");
    String ppmq = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq").toString();
    assertThat(completed(ppmq, "peek", "--socket", "/nowhere/ppmq.socket", "-t", ""))
        .isEqualTo("\n");
    assertThat(completed(ppmq, "peek", "-c", "/nowhere/ppmq.yaml", "-t", "")).isEqualTo("\n");
  }

  @Test
  void completionKnowsTheCommands() throws Exception {
    String script =
        "source '"
            + TARGET.resolve("completion/ppmq")
            + "'; COMP_WORDS=(ppmq pa); COMP_CWORD=1; _complete_ppmq; echo \"${COMPREPLY[@]}\"";
    assertThat(said("bash", "-c", script)).isEqualTo("pause\n");
  }
}
