package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands in unusual surroundings: without a locale (cron, {@code env -i}), without a working
 * directory or in one that Java cannot name, and without a configuration at a terminal.
 */
class LocaleIT {
  private static final Path LAUNCHER = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq");

  @TempDir Path directory;

  /** The output of a script on both streams. */
  private String output = "";

  /**
   * Letters beyond ASCII are only in the script's file, which the JVM of the tests writes as UTF-8.
   */
  @BeforeEach
  void writeConfig() throws Exception {
    Files.writeString(
        directory.resolve("ppmq.yaml"),
        """
        ServerSocket: %1$s/ключ.socket
        DataPath: %1$s/данные
        Subscribers: [{Name: s, Socket: %1$s/s.socket}]
        Topics: [{Name: t, Subscribers: [s], Dedupe: true}]
        """
            .formatted(directory));
  }

  /** Runs a script of sh with an empty environment, and returns its status. */
  private int run(String script) throws Exception {
    Path file = Files.writeString(directory.resolve("script"), script);
    File written = directory.resolve("output").toFile();
    ProcessBuilder builder =
        new ProcessBuilder("sh", file.toString())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(written);
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("ppmq", LAUNCHER.toString());
    Process process = builder.start();
    if (!process.waitFor(3 * Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("does not end: " + script);
    }
    output = Files.readString(written.toPath(), UTF_8);
    return process.exitValue();
  }

  @Test
  void keysPayloadsAndPathsArriveAsTheyAreWithoutALocale() throws Exception {
    String script =
        """
        $ppmq serve -c ppmq.yaml >log 2>&1 &
        until grep -q '^ppmq: ready' log; do kill -0 $! || exit 9; sleep 0.1; done
        $ppmq publish -c ppmq.yaml -t t -k ключ привет &&
          LC_ALL=ru_RU.KOI8-R $ppmq publish --socket ключ.socket -t t -k 鍵 x &&
          $ppmq peek --socket ключ.socket t
        status=$?
        kill $!
        wait $!
        exit $status
        """;

    assertThat(run(script)).as(output).isZero();

    assertThat(output).contains("\"key\":\"ключ\",\"payload\":\"привет\"", "\"key\":\"鍵\"");
    assertThat(directory.resolve("данные")).isDirectory();
  }

  @Test
  void argumentThatIsNoUtf8IsRefusedAndNeverChanged() throws Exception {
    assertThat(run("exec $ppmq publish --socket none -t t -k \"$(printf 'caf\\351')\" x"))
        .isEqualTo(2);

    assertThat(output)
        .startsWith("ppmq: argument 7 cannot be read as UTF-8")
        .hasLineCount(1)
        .doesNotContain("java");
  }

  @Test
  void workingDirectoryThatWasRemovedIsSaidInASentence() throws Exception {
    assertThat(run("mkdir gone && cd gone && rmdir ../gone && exec $ppmq version")).isEqualTo(1);

    assertThat(output)
        .contains("ppmq: the working directory has been removed")
        .doesNotContain("java", "Exception");
  }

  @Test
  void workingDirectoryThatIsNoUtf8IsTheReasonWhyAFileIsNotFound() throws Exception {
    String script =
        """
        strange=$(printf 'caf\\351')
        mkdir "$strange" && cp ppmq.yaml "$strange" && cd "$strange"
        $ppmq check
        $ppmq check -c ppmq.yaml
        cd .. && rm -r "$strange"
        """;

    assertThat(run(script)).isZero();

    assertThat(output.lines())
        .hasSize(2)
        .allMatch(line -> line.contains("; the name of the working directory is not UTF-8: run"));
  }

  @Test
  void personIsToldWhichOptionsAreNotCheckedWithoutTheConfiguration() throws Exception {
    Requirement.programs("script");
    String script =
        """
        $ppmq serve -c ppmq.yaml >log 2>&1 &
        until grep -qs '^ppmq: ready' log; do kill -0 $! || exit 9; sleep 0.1; done
        publish="$ppmq publish --socket ключ.socket -t t -p 9 -k key x"
        script -qec "$publish" /dev/null </dev/null && echo a script: && $publish </dev/null
        status=$?
        kill $!
        wait $!
        exit $status
        """;

    assertThat(run(script)).as(output).isZero();

    assertThat(output.replace("\r", ""))
        .isEqualTo(
            """
            ppmq: note: -p 9 is not checked without the configuration: topic t must have that priority
            ppmq: note: -k is not checked without the configuration: topic t must have Dedupe
            a script:
            """);
  }

  @Test
  void commandOfSubscribeHasTheLocaleOfTheUser() throws Exception {
    String script =
        """
        $ppmq serve -c ppmq.yaml >log 2>&1 &
        until grep -q '^ppmq: ready' log; do kill -0 $! || exit 9; sleep 0.1; done
        $ppmq publish -c ppmq.yaml -t t x &&
          LC_ALL=POSIX $ppmq subscribe -c ppmq.yaml s -n 1 --exec 'echo locale $LC_ALL.$PPMQ_LC_ALL.'
        status=$?
        kill $!
        wait $!
        exit $status
        """;

    assertThat(run(script)).as(output).isZero();

    assertThat(output).contains("locale POSIX..");
  }
}
