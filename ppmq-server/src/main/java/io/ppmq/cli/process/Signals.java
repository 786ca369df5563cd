package io.ppmq.cli.process;

import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Actions for signals that do not end the process. If the JVM does not know a signal, or was
 * started to leave signals alone, the signal has its usual effect.
 *
 * <p>The only way of the JDK to catch a signal is {@code sun.misc.Signal}. The compiler always
 * warns of it, so it is looked up by name.
 */
public final class Signals {
  private Signals() {}

  /**
   * Runs {@code action}, on a thread of the JVM, whenever SIG{@code name} arrives. Logs nothing: it
   * is called before the log is set up.
   *
   * @return why the signal cannot be caught; null if it can
   */
  public static @Nullable String on(String name, Runnable action) {
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
      return handler.getField("SIG_IGN").get(null).equals(before)
          ? "SIG" + name + " is not handled: the process was started with it ignored, as by nohup"
          : null;
    } catch (ReflectiveOperationException e) {
      return "SIG" + name + " is not handled: " + e.getCause();
    }
  }
}
