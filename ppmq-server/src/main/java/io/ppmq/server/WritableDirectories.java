package io.ppmq.server;

import io.ppmq.config.Address;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Warns of directories in which other users may replace the broker's sockets and files, or what
 * leads to them: a directory further up, or a link.
 */
public final class WritableDirectories {
  private static final int LINKS_MAX = 40;

  /** What lies in each directory. */
  private final Map<Path, String> files = new LinkedHashMap<>();

  /** What each directory further up, or with a link, leads to. */
  private final Map<Path, String> ways = new LinkedHashMap<>();

  /** Directories, as paths name them, from which on the way up is known. */
  private final Set<Path> seen = new HashSet<>();

  private WritableDirectories() {}

  /** A sentence for each directory, with the users that may write to it. */
  public static List<String> warnings(Config config) {
    WritableDirectories found = new WritableDirectories();
    found.add("ServerSocket", path(config.serverSocket()));
    found.add("Admin", config.admin() == null ? null : path(config.admin()));
    found.add("MetricsFile", config.metricsFile());
    Path data = config.dataDirectory();
    found.add("DataPath", data);
    found.add("the files in DataPath", data == null ? null : data.resolve("CURRENT"));
    ClusterConfig cluster = config.cluster();
    if (cluster != null) {
      found.add("Certificate", cluster.certificate());
      found.add("Key", cluster.key());
      found.add("CA", cluster.ca());
    }
    for (SubscriberConfig subscriber : config.subscribers()) {
      found.add("Socket of subscriber " + subscriber.name(), path(subscriber.socket()));
    }
    return found.warnings();
  }

  private List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    files.forEach((directory, what) -> warn(warnings, directory, what));
    ways.keySet().removeAll(files.keySet());
    ways.forEach((directory, what) -> warn(warnings, directory, "the path to " + what));
    return warnings;
  }

  private static void warn(List<String> warnings, Path directory, String what) {
    String writers = writers(directory);
    if (writers != null) {
      warnings.add(
          writers
              + " may write to directory "
              + directory
              + ", and replace "
              + what
              + ": remove that permission, or make the directory sticky (chmod +t)");
    }
  }

  private void add(String what, @Nullable Path file) {
    if (file != null) {
      follow(what, file.toAbsolutePath(), true, 0);
    }
  }

  /** Goes up to the root from a file or a directory on its way, and so from what a link names. */
  private void follow(String what, Path path, boolean isFile, int links) {
    boolean holdsFile = isFile;
    for (Path at = path; at.getParent() != null; at = at.getParent()) {
      Path directory = at.getParent();
      boolean isNew = seen.add(directory);
      try {
        if (isNew || holdsFile) {
          (holdsFile ? files : ways).putIfAbsent(directory.toRealPath(), what);
        }
        if (Files.isSymbolicLink(at) && links < LINKS_MAX) {
          follow(what, directory.resolve(Files.readSymbolicLink(at)), holdsFile, links + 1);
        }
      } catch (IOException e) {
        // it does not exist yet
      }
      if (!isNew) {
        return;
      }
      holdsFile = false;
    }
  }

  private static @Nullable Path path(@Nullable Address address) {
    return address instanceof Address.Unix unix ? unix.path() : null;
  }

  private static @Nullable String writers(Path directory) {
    try {
      DirectoryEntry found = DirectoryEntry.of(directory);
      return found.isDirectory() ? found.writers() : null;
    } catch (IOException e) {
      return null; // it was removed just now
    }
  }
}
