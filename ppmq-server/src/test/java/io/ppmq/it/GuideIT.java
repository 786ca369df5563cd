package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ppmq.guide.GuideSite;
import io.ppmq.guide.Page;
import io.ppmq.guide.Shown;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every command of the guide, as a reader would run it: each page from its top, in a clone. */
class GuideIT {
  private static final Path HOME = Path.of(System.getProperty("ppmq.home"));
  private static final Path REPOSITORY = HOME.resolve("../../..").normalize();

  private Path directory;
  private final Map<String, Process> shells = new HashMap<>();

  /** Programs that blocks of the page need and this machine lacks. */
  private final Set<String> missing = new TreeSet<>();

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("ppmq-guide");
    for (String tree : List.of("contrib", "clients")) {
      Files.createSymbolicLink(directory.resolve(tree), REPOSITORY.resolve(tree));
    }
    Path target = Files.createDirectories(directory.resolve("ppmq-server/target"));
    Files.createSymbolicLink(target.resolve("ppmq"), HOME);
    Files.createSymbolicLink(directory.resolve("ppmq"), HOME.resolve("bin/ppmq"));
  }

  @AfterEach
  void endAndRemove() throws Exception {
    for (Process shell : shells.values()) {
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly().waitFor();
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }

  /** All, or those that {@code -Dguide.pages=} names. */
  static List<String> pages() {
    String named = System.getProperty("guide.pages");
    return named == null ? GuideSite.GUIDE : List.of(named.split(","));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandDoesWhatThePageShows(String name) throws Exception {
    play(Page.read(REPOSITORY.resolve("docs/guide/" + name + ".md")));
  }

  @Test
  void commandsOfTheReadmeDoWhatItShows() throws Exception {
    play(Page.read(REPOSITORY.resolve("README.md")));
  }

  private void play(Page page) throws Exception {
    List<Page.Block> blocks = page.blocks();
    for (int i = 0; i < blocks.size(); i++) {
      Page.Block block = blocks.get(i);
      Page.Block next = i + 1 < blocks.size() ? blocks.get(i + 1) : block;
      if (!block.option("file").isEmpty()) {
        Files.writeString(directory.resolve(block.option("file")), block.text());
      } else if (block.isStop()) {
        stop(block.words().get(1));
      } else if (block.isRun() && canRun(block)) {
        if (block.option("in").isEmpty()) {
          boolean shown = next.isOutput() && next.option("in").isEmpty();
          run(block, shown ? next.text() : "");
        } else {
          start(block);
        }
      } else if (block.isOutput() && shells.containsKey(block.option("in"))) {
        awaitLines(block);
      }
    }
    assumeTrue(missing.isEmpty(), "needs " + String.join(", ", missing) + " for a part of it");
  }

  /** Whether the programs that a block needs exist; notes missing ones. */
  private boolean canRun(Page.Block block) {
    List<String> lacking =
        Stream.of(block.option("needs").split(","))
            .filter(program -> !program.isEmpty() && !Requirement.isOnPath(program))
            .toList();
    missing.addAll(lacking);
    return lacking.isEmpty();
  }

  private Process shell(String commands, String output) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", commands).directory(directory.toFile());
    Map<String, String> environment = builder.environment();
    String java = System.getProperty("java.home");
    environment.put("JAVA_HOME", java);
    String programs = HOME + "/bin" + File.pathSeparator + java + "/bin";
    environment.merge("PATH", programs, (old, own) -> own + File.pathSeparator + old);
    environment.remove("PPMQ_CONFIG");
    return builder
        .redirectInput(new File("/dev/null"))
        .redirectErrorStream(true)
        .redirectOutput(file(output))
        .start();
  }

  private File file(String name) {
    return directory.resolve(name).toFile();
  }

  private String printed(String output) throws IOException {
    return Files.readString(directory.resolve(output));
  }

  private void run(Page.Block block, String shown) throws Exception {
    Process shell = shell(block.text(), "shell.out");
    shells.put("", shell);
    assertThat(shell.waitFor(2, TimeUnit.MINUTES)).as("ends: " + block.text()).isTrue();
    shells.remove("");
    String printed = printed("shell.out");
    assertThat(Shown.lines(printed)).as(block.text()).isEqualTo(Shown.lines(shown));
    String status = block.option("status");
    assertThat(shell.exitValue())
        .as("%s%n%s", block.text(), printed)
        .isEqualTo(status.isEmpty() ? 0 : Integer.parseInt(status));
  }

  /** The command replaces its shell, so that it gets the signal of {@link #stop}. */
  private void start(Page.Block block) throws IOException {
    String name = block.option("in");
    shells.put(name, shell("exec " + block.text(), name + ".out"));
  }

  private void awaitLines(Page.Block block) throws Exception {
    String output = block.option("in") + ".out";
    List<String> shown = Shown.lines(block.text());
    try {
      Await.until(output, () -> Shown.lines(printed(output)).containsAll(shown));
    } catch (AssertionError e) {
      assertThat(Shown.lines(printed(output))).as(block.text()).containsAll(shown);
      throw e;
    }
  }

  private void stop(String name) throws Exception {
    Process shell = shells.remove(name);
    if (shell != null) { // otherwise the block was skipped
      shell.destroy();
      assertThat(shell.waitFor(1, TimeUnit.MINUTES)).as("ends: " + name).isTrue();
    }
  }
}
