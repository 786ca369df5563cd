package io.ppmq.cli.option;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.config.DataPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file in the data directory with the admin address of the broker that runs there. If the
 * configuration file has changed since, a command that reads it would look in the wrong place.
 */
public final class AdminNote {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final String FILE = "ppmq.admin";

  private AdminNote() {}

  /** Writes the note. A failure is only logged: few commands need the note. */
  public static void write(Config config) {
    Address admin = config.admin();
    if (admin == null || !(config.dataPath() instanceof DataPath.Directory directory)) {
      return;
    }
    Address absolute =
        admin instanceof Address.Unix unix ? new Address.Unix(unix.path().toAbsolutePath()) : admin;
    try {
      Path note = directory.path().resolve(FILE);
      Files.deleteIfExists(note);
      Files.writeString(
          note, absolute + "\n", UTF_8, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (IOException | IllegalArgumentException e) {
      LOG.debug("{} was not written: {}", FILE, e.getMessage());
    }
  }

  /** The address in the note; null when there is none. */
  public static @Nullable Address read(Config config) {
    if (!(config.dataPath() instanceof DataPath.Directory directory)) {
      return null;
    }
    Path note = directory.path().resolve(FILE);
    try {
      return Address.parseAdmin(Files.readString(note, UTF_8).strip());
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }
}
