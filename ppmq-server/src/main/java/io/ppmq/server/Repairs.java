package io.ppmq.server;

import io.ppmq.config.Config;
import io.ppmq.config.TopicConfig;
import io.ppmq.store.RepairReport;
import io.ppmq.store.rocksdb.Repair;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The repair of a configured broker's data directory while the broker is stopped. */
public final class Repairs {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private final Config config;
  private final Path directory;
  private final Path kept;
  private final Consumer<String> progress;

  /** The repair of {@code directory}; {@code progress} gets the current step. */
  public Repairs(Config config, Path directory, Consumer<String> progress) {
    this.config = config;
    this.directory = directory;
    this.progress = progress;
    Path absolute = real(directory.toAbsolutePath().normalize());
    this.kept =
        absolute.resolveSibling(absolute.getFileName() + ".damaged-" + STAMP.format(Instant.now()));
  }

  private static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException notThere) {
      return directory; // the repair itself will report it
    }
  }

  /** Reads everything, and changes nothing. */
  public RepairReport inspect() {
    return Repair.inspect(directory, progress);
  }

  /** Repairs the directory if it is damaged. The damaged one is kept as {@link #kept}. */
  public RepairReport repair() {
    Map<String, List<String>> topics =
        config.topics().stream()
            .collect(Collectors.toMap(TopicConfig::name, TopicConfig::subscribers));
    return Repair.repair(
        directory, String.valueOf(kept.getFileName()), topics, ServingAlone.firstId(), progress);
  }

  /** The place of the damaged directory after the repair. */
  public Path kept() {
    return kept;
  }
}
