package io.ppmq.bench;

import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A broker under load: its processes and its data. For one thread. */
public interface Server extends AutoCloseable {
  /** The version, as the broker itself reports it. */
  String version() throws Exception;

  /** The settings with which workers find it. */
  Settings settings();

  /** The usage of all its processes so far. */
  ProcessUsage usage() throws IOException;

  /** The usage of each node so far by its name, if there are several. */
  default Map<String, ProcessUsage> usages() throws IOException {
    return Map.of();
  }

  /**
   * Kills the broker like {@code kill -9}, and starts it again.
   *
   * @return the nanoseconds until it was usable again
   */
  default long crash() throws IOException, InterruptedException {
    throw new UnsupportedOperationException("it is not killed here");
  }

  /** The id of its main process. */
  long pid();

  /** The directory of its data. */
  Path data();

  /** Ends the broker; its data stays. */
  @Override
  void close() throws IOException;
}
