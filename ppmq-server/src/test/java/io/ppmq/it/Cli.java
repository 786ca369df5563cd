package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A run of a command that ends by itself.
 *
 * @param status the exit status
 */
record Cli(int status, String out, String err) {
  private static final Path LAUNCHER = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq");

  /** Runs {@code ppmq args… -c CONFIG} of a site, without a terminal. */
  static Cli run(Site site, String... args) throws IOException, InterruptedException {
    Path out = Files.createTempFile("ppmq-cli", ".out");
    try {
      Cli run = run(site, Map.of(), out, args);
      return new Cli(run.status, Files.readString(out, UTF_8), run.err);
    } finally {
      Files.delete(out);
    }
  }

  /** Runs a command with the token in the environment. */
  static Cli runWithToken(String token, Site site, String... args)
      throws IOException, InterruptedException {
    return run(site, Map.of("PPMQ_TOKEN", token), Path.of("/dev/null"), args);
  }

  /** Runs a command with a full output. */
  static Cli runIntoFull(Site site, String... args) throws IOException, InterruptedException {
    return run(site, Map.of(), Path.of("/dev/full"), args);
  }

  private static Cli run(Site site, Map<String, String> environment, Path out, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(args));
    command.addAll(List.of("-c", site.config().toString()));
    Path err = Files.createTempFile("ppmq-cli", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().putAll(environment);
      builder.redirectInput(new java.io.File("/dev/null"));
      builder.redirectOutput(out.toFile());
      builder.redirectError(err.toFile());
      Process process = builder.start();
      if (!process.waitFor(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("does not end: " + command);
      }
      return new Cli(process.exitValue(), "", Files.readString(err));
    } finally {
      Files.delete(err);
    }
  }

  /** Runs a command; any status but 0 is an error. Returns its stdout. */
  static String done(Site site, String... args) throws IOException, InterruptedException {
    Cli run = run(site, args);
    if (run.status != 0) {
      throw new AssertionError(List.of(args) + " ended with " + run);
    }
    return run.out;
  }
}
