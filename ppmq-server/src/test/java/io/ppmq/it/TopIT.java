package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code ppmq top} in a real terminal, if tmux is installed. */
class TopIT {
  private static final Path LAUNCHER = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq");

  private Site site;

  @BeforeEach
  void start() throws Exception {
    site = Site.started(Storage.MEMORY, new Layout().topic("mails"));
    site.peer().publish("mails", "1", "2");
  }

  @AfterEach
  void close() throws Exception {
    if (Files.exists(site.directory().resolve("tmux"))) {
      tmux("kill-server");
    }
    site.close();
  }

  private String tmux(String... args) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("tmux", "-S", site.directory().resolve("tmux").toString()));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private void awaitShown(String text) throws Exception {
    Await.until(text, () -> tmux("capture-pane", "-p").contains(text));
  }

  @Test
  void withoutATerminalItRefuses() throws Exception {
    Cli refused = Cli.run(site, "top");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).startsWith("ppmq: top needs a terminal").hasLineCount(1);
    assertThat(Cli.done(site, "top", "--json", "-n", "2", "-d", "0.1"))
        .hasLineCount(2)
        .contains("\"topic\":\"mails\"");
  }

  @Test
  void keysSortPauseAndQuitAndTheTerminalIsGivenBack() throws Exception {
    Requirement.programs("tmux");
    String top =
        "JAVA_HOME=%s %s top -d 0.2 -c %s"
            .formatted(System.getProperty("java.home"), LAUNCHER, site.config());
    tmux("new-session", "-d", "-x", "120", "-y", "20", "bash", "--norc");
    tmux(
        "send-keys",
        "cd "
            + site.directory()
            + "; stty -a >before; "
            + top
            + "; echo ended $?; stty -a | cmp - before && echo same",
        "Enter");
    awaitShown("*TOPIC");
    awaitShown("2 queued");
    tmux("send-keys", "d");
    awaitShown("*DEPTH");
    tmux("send-keys", "P");
    awaitShown("paused");
    tmux("send-keys", "p");
    awaitShown("frozen");
    tmux("send-keys", "q");
    awaitShown("ended 0");
    awaitShown("same");
  }
}
