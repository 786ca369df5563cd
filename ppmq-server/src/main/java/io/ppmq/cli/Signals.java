package io.ppmq.cli;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * What is done when a signal comes that does not end the process. Where the JVM does not know it,
 * or was told to leave signals alone, the signal does what it does otherwise.
 *
 * <p>The JDK has no other way to hear of a signal than {@code sun.misc.Signal}, of the module {@code
 * jdk.unsupported}. Looked up by name it would bring a proxy with it, and 1 MB of memory.
 */
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private Signals() {}

  /** Has {@code action} run, on a thread of the JVM's, whenever SIG{@code name} comes. */
  static void on(String name, Runnable action) {
    try {
      Signal.handle(new Signal(name), signal -> action.run());
    } catch (IllegalArgumentException e) {
      LOG.warn("SIG{} is not heard: {}", name, e.getMessage());
    }
  }
}
