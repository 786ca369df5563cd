package io.ppmq.server;

import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Warns of directories in which other users may replace the broker's sockets and files. */
public final class WritableDirectories {
  private WritableDirectories() {}

  /** A sentence for each directory, with the users that may write to it. */
  public static List<String> warnings(Config config) {
    Map<Path, String> files = new LinkedHashMap<>();
    add(files, "ServerSocket", path(config.serverSocket()));
    add(files, "Admin", config.admin() == null ? null : path(config.admin()));
    add(files, "MetricsFile", config.metricsFile());
    Path data = config.dataDirectory();
    add(files, "DataPath", data);
    add(files, "what is in DataPath", data == null ? null : data.resolve("CURRENT"));
    for (SubscriberConfig subscriber : config.subscribers()) {
      add(files, "Socket of subscriber " + subscriber.name(), path(subscriber.socket()));
    }
    List<String> warnings = new ArrayList<>();
    files.forEach(
        (directory, what) -> {
          String writers = writers(directory);
          if (writers != null) {
            warnings.add(
                writers
                    + " may write to directory "
                    + directory
                    + ", and replace "
                    + what
                    + ": take that right away, or make the directory sticky (chmod +t)");
          }
        });
    return warnings;
  }

  private static void add(Map<Path, String> files, String what, @Nullable Path file) {
    Path directory = file == null ? null : file.toAbsolutePath().getParent();
    if (directory != null) {
      files.putIfAbsent(directory.normalize(), what);
    }
  }

  private static @Nullable Path path(@Nullable Address address) {
    return address instanceof Address.Unix unix ? unix.path() : null;
  }

  private static @Nullable String writers(Path directory) {
    try {
      DirectoryEntry found = DirectoryEntry.of(directory.toRealPath());
      return found.isDirectory() ? found.writers() : null;
    } catch (IOException e) {
      return null; // it does not exist yet
    }
  }
}
