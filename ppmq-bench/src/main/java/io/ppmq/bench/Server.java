package io.ppmq.bench;

import io.ppmq.load.ProcessUsage;
import java.io.IOException;
import java.nio.file.Path;

/** A broker under load: its processes, and where its data is. For one thread. */
public interface Server extends AutoCloseable {
  /** Which version runs, as it says itself. */
  String version() throws Exception;

  /** What workers must be told to find it. */
  Settings settings();

  /** What its processes have used so far, all together. */
  ProcessUsage usage() throws IOException;

  /** The number of its main process. */
  long pid();

  /** Where it keeps its data. */
  Path data();

  /** Ends it; its data stays. */
  @Override
  void close() throws IOException;
}
