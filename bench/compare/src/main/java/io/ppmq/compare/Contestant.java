package io.ppmq.compare;

import io.ppmq.bench.Driver;
import io.ppmq.bench.Server;
import java.nio.file.Path;

/**
 * A broker in one class of durability.
 *
 * @param peer the name of the broker, and of the client where there are two
 * @param settings the configuration, for readers who judge whether the comparison is fair
 * @param driver the client
 * @param starter starts the broker in an empty directory
 */
record Contestant(
    String peer,
    Durability durability,
    String settings,
    Class<? extends Driver> driver,
    Starter starter) {

  /** Starts a broker. */
  @FunctionalInterface
  interface Starter {
    /** Starts the broker in its own empty directory; returns when it can be used. */
    Server start(Path directory) throws Exception;
  }
}
