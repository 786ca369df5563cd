package io.ppmq.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done when SIGHUP comes, by which a daemon is told to read its configuration anew. Where
 * the JVM knows no such signal, or was told to leave signals alone, it ends the process as ever.
 *
 * <p>The JDK has no other way to hear of a signal than {@code sun.misc.Signal}, of which the
 * compiler warns whatever it is told; so it is looked up by name.
 */
final class Hangup {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private Hangup() {}

  /** Has {@code action} run, on a thread of the JVM's, whenever the signal comes. */
  static void onSignal(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handling =
          Proxy.newProxyInstance(
              Hangup.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, args) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      Object hup = signal.getConstructor(String.class).newInstance("HUP");
      signal.getMethod("handle", signal, handler).invoke(null, hup, handling);
    } catch (ReflectiveOperationException e) {
      LOG.warn("SIGHUP will not reload the configuration: {}", String.valueOf(e.getCause()));
    }
  }
}
