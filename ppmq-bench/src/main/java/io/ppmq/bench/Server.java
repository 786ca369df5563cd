package io.ppmq.bench;

import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A broker under load: its processes, and where its data is. For one thread. */
public interface Server extends AutoCloseable {
  /** Which version runs, as it says itself. */
  String version() throws Exception;

  /** What workers must be told to find it. */
  Settings settings();

  /** What its processes have used so far, all together. */
  ProcessUsage usage() throws IOException;

  /** What each node has used so far, by its name, where there are several. */
  default Map<String, ProcessUsage> usages() throws IOException {
    return Map.of();
  }

  /**
   * Kills it, as {@code kill -9} does, and starts it again.
   *
   * @return how many nanoseconds it took until it could be used again
   */
  default long crash() throws IOException, InterruptedException {
    throw new UnsupportedOperationException("it is not killed here");
  }

  /** The number of its main process. */
  long pid();

  /** Where it keeps its data. */
  Path data();

  /** Ends it; its data stays. */
  @Override
  void close() throws IOException;
}
