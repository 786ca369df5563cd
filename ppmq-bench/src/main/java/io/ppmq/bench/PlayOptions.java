package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.load.Machine;
import io.ppmq.load.Pace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of all benchmarks: the duration of each part, the payloads and the directory. */
public final class PlayOptions {
  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "The seconds of each part: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--messages",
      description = "End a part at full speed after this many messages, if that is earlier.")
  private long messages = Session.WITHOUT_END;

  @Option(
      names = "--payload",
      defaultValue = "100",
      description = "The bytes of each payload: ${DEFAULT-VALUE}.")
  private int payloadBytes;

  @Option(names = "--directory", description = "A directory on the disk to use. Default: /tmp.")
  private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

  /** The duration of each part. */
  public double seconds() {
    return seconds;
  }

  /** The length of each payload. */
  public int payloadBytes() {
    return payloadBytes;
  }

  /**
   * The pace of a part.
   *
   * @param messagesPerSecond the rate; 0 for as fast as possible
   * @param windowValues the most values that await a confirm
   */
  public Pace pace(double messagesPerSecond, int windowValues) {
    long nanos = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    long most = messagesPerSecond > 0 ? Session.WITHOUT_END : messages;
    return new Pace(most, nanos, messagesPerSecond, windowValues);
  }

  /** Makes a directory for a run; {@link #remove} removes it. */
  public Path directory(String prefix) throws IOException {
    return Files.createTempDirectory(Files.createDirectories(parent.toAbsolutePath()), prefix);
  }

  /** Removes a directory and all that is in it. */
  public static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /**
   * Prints a result with its machine and time, and appends it to a file.
   *
   * @param directory a directory on the used disk
   * @param out the file; null for none
   */
  public static void print(Result result, Path directory, @Nullable Path out) throws IOException {
    result.put("machine", Machine.here(directory).toString());
    result.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    String line = result.toJson();
    System.out.println(line);
    if (out != null) {
      Files.writeString(
          out, line + "\n", UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }
}
