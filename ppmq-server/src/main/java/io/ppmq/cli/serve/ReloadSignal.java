package io.ppmq.cli.serve;

import io.ppmq.cli.process.IgnoredHangup;
import io.ppmq.cli.process.Signals;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP, which asks a broker to reload. It is caught from the first moment of {@code main},
 * because the JVM by itself would end the process; before that it is ignored ({@link
 * IgnoredHangup}). A signal before the broker is ready is only noted, and leads to one reload then.
 * A process has one such signal.
 */
public final class ReloadSignal {
  private static boolean caught;
  private static boolean came;
  private static @Nullable String complaint;
  private static @Nullable Runnable reload;

  private ReloadSignal() {}

  /** Catches the signal from now on. Calling it again does nothing. */
  public static synchronized void listen() {
    if (!caught) {
      caught = true;
      IgnoredHangup.endIfPossible();
      complaint = Signals.on("HUP", ReloadSignal::arrived);
    }
  }

  /**
   * The broker is ready. {@code action} runs whenever the signal arrives from now on, and once soon
   * if it arrived before, on a thread of the JVM or a new one.
   */
  static void ready(Runnable action) {
    listen();
    boolean pending;
    String warning;
    synchronized (ReloadSignal.class) {
      reload = action;
      pending = came;
      came = false;
      warning = complaint;
    }
    if (warning != null) {
      LoggerFactory.getLogger("ppmq").warn("{}", warning);
    }
    if (pending) {
      new Thread(action, "ppmq-reload").start();
    }
  }

  private static void arrived() {
    Runnable action;
    synchronized (ReloadSignal.class) {
      action = reload;
      came = action == null;
    }
    if (action != null) {
      action.run();
    }
  }
}
