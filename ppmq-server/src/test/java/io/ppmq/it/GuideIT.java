package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ppmq.guide.GuideSite;
import io.ppmq.guide.Page;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every command of the guide, as a reader would run it: a page from its top, in one shell. */
class GuideIT {
  private static final Path HOME = Path.of(System.getProperty("ppmq.home"));
  private static final Path REPOSITORY = HOME.resolve("../../..").normalize();
  private static final String ANYTHING = "…";

  /** A page that stops half-way leaves its broker to nobody. */
  private static final String END_WHAT_RUNS =
      "trap 'jobs -p >jobs; kill -9 $(cat jobs) 2>/dev/null || true' EXIT\n";

  private Path directory;
  private Process shell;

  /** Programs that blocks of the page need, and that are not here. */
  private final Set<String> missing = new TreeSet<>();

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("ppmq-guide");
  }

  @AfterEach
  void endAndRemove() throws Exception {
    if (shell != null) {
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

  static List<String> pages() {
    return GuideSite.GUIDE;
  }

  /** Whether what a block needs is here; notes what is not. */
  private boolean canRun(Page.Block block) {
    List<String> lacking =
        Stream.of(block.option("needs").split(","))
            .filter(program -> !program.isEmpty() && !Requirement.isOnPath(program))
            .toList();
    missing.addAll(lacking);
    return lacking.isEmpty();
  }

  /** Writes a script that runs all blocks, each with its output in a file; returns their places. */
  private List<Integer> script(List<Page.Block> blocks) throws IOException {
    List<Integer> run = new ArrayList<>();
    StringBuilder script = new StringBuilder(END_WHAT_RUNS + "set -e\n");
    for (int i = 0; i < blocks.size(); i++) {
      Page.Block block = blocks.get(i);
      if (!block.option("file").isEmpty()) {
        Files.writeString(directory.resolve(block.option("file")), block.text());
      } else if (block.isRun() && canRun(block)) {
        Files.writeString(directory.resolve(i + ".sh"), block.text());
        script.append(". ./%1$d.sh >%1$d.out 2>&1\necho 0 >%1$d.done\n".formatted(i));
        run.add(i);
      }
    }
    Files.writeString(directory.resolve("page.sh"), script);
    return run;
  }

  private void runScript() throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", "page.sh").directory(directory.toFile());
    Map<String, String> environment = builder.environment();
    environment.merge("PATH", HOME + "/bin", (old, own) -> own + File.pathSeparator + old);
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PPMQ_HOME", HOME.toString());
    environment.put("PPMQ_SOURCE", REPOSITORY.toString());
    shell = builder.redirectErrorStream(true).redirectOutput(file("page.out")).start();
    if (!shell.waitFor(3, TimeUnit.MINUTES)) {
      throw new AssertionError("the page does not end");
    }
  }

  private File file(String name) {
    return directory.resolve(name).toFile();
  }

  private static Pattern pattern(String shown) {
    return Pattern.compile(
        Stream.of(shown.strip().split(ANYTHING, -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")),
        Pattern.DOTALL);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandDoesWhatThePageShows(String name) throws Exception {
    Page page = Page.read(REPOSITORY, REPOSITORY.resolve("docs/guide/" + name + ".md"));
    List<Page.Block> blocks = page.blocks();
    List<Integer> run = script(blocks);
    runScript();
    for (int i : run) {
      Path out = directory.resolve(i + ".out");
      String said = Files.exists(out) ? Files.readString(out).strip() : "(not reached)";
      assertThat(directory.resolve(i + ".done"))
          .as("%s:%n%s%n%s", name, blocks.get(i).text(), said)
          .exists();
      if (i + 1 < blocks.size() && blocks.get(i + 1).isOutput()) {
        assertThat(said).as(blocks.get(i).text()).matches(pattern(blocks.get(i + 1).text()));
      }
    }
    assumeTrue(missing.isEmpty(), "needs " + String.join(", ", missing) + " for a part of it");
  }
}
