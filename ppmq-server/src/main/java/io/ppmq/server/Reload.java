package io.ppmq.server;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigChanges;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration file of a running broker again on request: all of it takes effect or
 * nothing. Any thread; reloads run one after another.
 */
public final class Reload {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final Server server;
  private final Path file;
  private final Consumer<Config> followers;
  private Config current;

  /**
   * Reloads for a broker that was started with this content of the file.
   *
   * @param followers gets each configuration that the broker has applied
   */
  public Reload(Server server, ConfigFile file, Consumer<Config> followers) {
    this.server = server;
    this.followers = followers;
    this.file = file.path();
    this.current = file.config();
  }

  /**
   * Reads the file, makes the broker apply it, and logs the result. Blocks until the store has
   * committed it.
   *
   * @return a sentence for each change; empty if the file has not changed
   * @throws InvalidConfig if the file is not valid, or changes a key that needs a restart; nothing
   *     was changed
   * @throws RefusedException if the broker cannot apply it; nothing was changed
   * @throws IllegalStateException if the broker has stopped or does not answer in time
   */
  public synchronized List<String> run() throws InvalidConfig, RefusedException {
    try {
      ConfigFile read = ConfigFile.load(file);
      ConfigChanges changes = ConfigChanges.between(current, read.config());
      if (!changes.isLive()) {
        throw InvalidConfig.because(file, changes.refusals());
      }
      String tooMuch = HeapNeed.complaint(current, read.config(), Runtime.getRuntime().maxMemory());
      if (tooMuch != null) {
        throw InvalidConfig.because(file, List.of(tooMuch));
      }
      server.apply(read.config());
      current = read.config();
      followers.accept(current);
      log(read, changes.sentences());
      return changes.sentences();
    } catch (InvalidConfig e) {
      e.errors().forEach(error -> LOG.error("not reloaded, nothing was changed: {}", error));
      throw e;
    } catch (RefusedException | IllegalStateException e) {
      LOG.error("{} was not reloaded: {}", file, e.getMessage());
      throw e;
    }
  }

  private void log(ConfigFile read, List<String> sentences) {
    read.warnings().forEach(warning -> LOG.warn("{}", warning));
    HeapNeed.warnings(read.config(), Runtime.getRuntime().maxMemory()).forEach(LOG::warn);
    if (sentences.isEmpty()) {
      LOG.info("reloaded {}: nothing has changed", file);
    }
    sentences.forEach(sentence -> LOG.info("reloaded {}: {}", file, sentence));
  }
}
