package io.ppmq.cli.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file with the result of the last reload by a signal, in the unit's {@code RuntimeDirectory=}:
 * {@code done} or {@code refused}. The unit's {@code ExecReload=} removes it, sends the signal and
 * waits for it, so that {@code systemctl reload} fails when the broker refuses its configuration. A
 * reload that began earlier may write the result that a later one waits for.
 *
 * <p>{@code ppmq reload} in the unit would be simpler. But its JVM needs 20 MB, counts towards the
 * unit's {@code MemoryMax=}, and is killed where the bound fits the broker alone; systemd then
 * stops the unit. It also needs an admin interface.
 */
final class ReloadResult {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final String FILE = "ppmq.reload";

  private final Path directory;

  private ReloadResult(Path directory) {
    this.directory = directory;
  }

  /** Null without a unit that has such a directory. */
  static @Nullable ReloadResult in(Map<String, String> env) {
    String directories = env.getOrDefault("RUNTIME_DIRECTORY", "");
    String first = directories.split(":", 2)[0];
    return first.isEmpty() ? null : new ReloadResult(Path.of(first));
  }

  /** A reader that waits for the file never sees half of it. */
  void write(boolean done) {
    try {
      Path file = directory.resolve(FILE + ".new");
      Files.deleteIfExists(file);
      // CREATE_NEW follows no link: others may write into a directory with RuntimeDirectoryMode=.
      Files.writeString(
          file,
          done ? "done\n" : "refused\n",
          UTF_8,
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
      Files.move(file, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.warn("the result of the reload was not written: {}", e.toString());
    }
  }
}
