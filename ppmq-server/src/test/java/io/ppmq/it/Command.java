package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A finished command of the launcher.
 *
 * @param output its stdout
 * @param errors its stderr
 */
record Command(int status, String output, String errors) {
  /** Runs a command with the configuration of a site. */
  static Command run(Site site, String... words) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("ppmq.home"), "bin", "ppmq").toString());
    line.addAll(List.of(words));
    line.addAll(List.of("-c", site.config().toString()));
    File out = Files.createTempFile(site.directory(), "out", "").toFile();
    File err = Files.createTempFile(site.directory(), "err", "").toFile();
    ProcessBuilder builder = new ProcessBuilder(line).redirectOutput(out).redirectError(err);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    if (!process.waitFor(3 * Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(line + " does not end");
    }
    String output = Files.readString(out.toPath(), UTF_8);
    return new Command(process.exitValue(), output, Files.readString(err.toPath(), UTF_8));
  }
}
