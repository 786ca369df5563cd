package io.ppmq.config;

import io.ppmq.system.IoReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A YAML file that is a valid configuration.
 *
 * @param path the file, as given
 * @param config its content
 * @param warnings about settings without effect and doubtful ones, in the order of the lines
 * @param clusterLine the line of {@code Cluster}; 0 without it
 */
public record ConfigFile(Path path, Config config, List<Problem> warnings, int clusterLine) {
  private static final int CHUNK_BYTES = 8 << 10;

  /** Stands for bytes that are not UTF-8 in a decoded name. */
  private static final char REPLACEMENT = '\uFFFD';

  /** The environment variable that names the file. */
  public static final String VARIABLE = "PPMQ_CONFIG";

  private static final List<Path> USUAL_PLACES =
      List.of(Path.of("./ppmq.yaml"), Path.of("/etc/ppmq/ppmq.yaml"));

  /** Keeps a copy of the warnings. */
  public ConfigFile {
    warnings = List.copyOf(warnings);
  }

  /**
   * The file to read: {@code given}, or the one that {@code PPMQ_CONFIG} in {@code env} names, or
   * the first that exists of {@code ./ppmq.yaml}, for a user other than root {@code
   * $XDG_CONFIG_HOME/ppmq/ppmq.yaml}, and {@code /etc/ppmq/ppmq.yaml}. There is no search if a file
   * was named, so that a misspelt name does not lead to another file.
   *
   * @throws InvalidConfig if none was named and none exists; names the searched places
   */
  public static Path find(@Nullable Path given, Map<String, String> env) throws InvalidConfig {
    return find(given, env, places(env, System.getProperty("user.name", "")));
  }

  /** The places to search; an ordinary user's own file comes before the machine's. */
  static List<Path> places(Map<String, String> env, String user) {
    Path own = user.equals("root") ? null : own(env);
    return own == null ? USUAL_PLACES : List.of(USUAL_PLACES.get(0), own, USUAL_PLACES.get(1));
  }

  private static @Nullable Path own(Map<String, String> env) {
    String base = env.getOrDefault("XDG_CONFIG_HOME", "");
    if (base.startsWith("/")) { // the XDG specification ignores relative ones
      return Path.of(base, "ppmq", "ppmq.yaml");
    }
    String home = env.getOrDefault("HOME", "");
    return home.startsWith("/") ? Path.of(home, ".config", "ppmq", "ppmq.yaml") : null;
  }

  static Path find(@Nullable Path given, Map<String, String> env, List<Path> places)
      throws InvalidConfig {
    if (given != null && given.toString().isEmpty()) {
      throw new Problems(null).fatal(0, "the path of the configuration file is empty");
    }
    if (given != null) {
      return given;
    }
    String named = env.getOrDefault(VARIABLE, "");
    if (!named.isEmpty()) {
      return named(named);
    }
    for (Path place : places) {
      if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) { // a link that leads nowhere is an error
        return place;
      }
    }
    StringBuilder sentence =
        new StringBuilder("no configuration file: looked for $" + VARIABLE + ", which is not set");
    places.forEach(place -> sentence.append(", ").append(place));
    places.stream().map(ConfigFile::unreachable).distinct().forEach(sentence::append);
    throw new Problems(null).fatal(0, sentence.toString());
  }

  private static Path named(String path) throws InvalidConfig {
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new Problems(null)
          .fatal(0, "$" + VARIABLE + " " + Quoted.of(path) + " is not a path: " + e.getReason());
    }
  }

  /**
   * Reads and checks the file. Changes nothing, and reads no other file.
   *
   * @throws InvalidConfig if the file cannot be read, or with all of its errors
   */
  public static ConfigFile load(Path path) throws InvalidConfig {
    return parse(path, bytes(path));
  }

  /** Checks {@code bytes} as if they were the content of the file. */
  static ConfigFile parse(Path path, byte[] bytes) throws InvalidConfig {
    Problems problems = new Problems(path.toString());
    ConfigReader reader = new ConfigReader(YamlText.parse(bytes, problems), problems);
    return new ConfigFile(path, reader.read(), problems.warnings(), reader.clusterLine());
  }

  private static byte[] bytes(Path path) throws InvalidConfig {
    try (InputStream in = Files.newInputStream(path)) {
      return start(in, YamlText.BYTES_MAX + 1);
    } catch (IOException e) {
      throw new Problems(path.toString())
          .fatal(0, "cannot be read: " + IoReason.words(e, "file") + unreachable(path));
    }
  }

  /**
   * The reason, after a semicolon, why nothing at a relative path can be opened; empty if there is
   * none. Java opens it at the decoded name of the working directory, and decoding loses bytes.
   */
  private static String unreachable(Path path) {
    boolean isLost = path.toAbsolutePath().toString().indexOf(REPLACEMENT) >= 0;
    return path.isAbsolute() || !isLost
        ? ""
        : "; the name of the working directory is not UTF-8: run ppmq in another directory";
  }

  /**
   * The first bytes of a file, up to a limit. Uses single reads, since the file may be a pipe:
   * {@code readNBytes} of Java 21 asks for the position in it, and fails.
   */
  private static byte[] start(InputStream in, int bytesMax) throws IOException {
    ByteArrayOutputStream start = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK_BYTES];
    int count;
    while (start.size() < bytesMax
        && (count = in.read(chunk, 0, Math.min(chunk.length, bytesMax - start.size()))) >= 0) {
      start.write(chunk, 0, count);
    }
    return start.toByteArray();
  }

  /** The exception for a file with a cluster that this machine cannot have. */
  public InvalidConfig withoutCluster(String reason) {
    return new Problems(path.toString()).fatal(clusterLine, reason);
  }
}
