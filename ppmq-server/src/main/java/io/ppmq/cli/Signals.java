package io.ppmq.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done when a signal comes that does not end the process. Where the JVM does not know it,
 * or was told to leave signals alone, the signal does what it does otherwise.
 *
 * <p>The JDK has no other way to hear of a signal than {@code sun.misc.Signal}, of which the
 * compiler warns whatever it is told; so it is looked up by name.
 */
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private Signals() {}

  /** Has {@code action} run, on a thread of the JVM's, whenever SIG{@code name} comes. */
  static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handling =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, args) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      Object wanted = signal.getConstructor(String.class).newInstance(name);
      Object before = signal.getMethod("handle", signal, handler).invoke(null, wanted, handling);
      if (handler.getField("SIG_IGN").get(null).equals(before)) {
        LOG.warn("SIG{} is not heard: the process was started with it ignored, as by nohup", name);
      }
    } catch (ReflectiveOperationException e) {
      LOG.warn("SIG{} is not heard: {}", name, String.valueOf(e.getCause()));
    }
  }
}
