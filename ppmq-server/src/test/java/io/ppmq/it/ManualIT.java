package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The manual and the completion that the build makes. */
class ManualIT {
  private static final Path TARGET = Path.of(System.getProperty("ppmq.home")).getParent();

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(TARGET.resolve("man"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** What a program says, on both of its streams. */
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

  @Test
  void completionKnowsTheCommands() throws Exception {
    String script =
        "source '"
            + TARGET.resolve("completion/ppmq")
            + "'; COMP_WORDS=(ppmq pa); COMP_CWORD=1; _complete_ppmq; echo \"${COMPREPLY[@]}\"";
    assertThat(said("bash", "-c", script)).isEqualTo("pause\n");
  }
}
