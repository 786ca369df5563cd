package io.ppmq.cli.serve;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd twice in each {@code WatchdogSec=} of the unit that the broker works. If the broker
 * does not work, the message is missing, and systemd restarts it.
 */
final class Watchdog {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final long pauseMicros;
  private final BooleanSupplier working;
  private final Runnable tell;

  private Watchdog(long pauseMicros, BooleanSupplier working, Runnable tell) {
    this.pauseMicros = pauseMicros;
    this.working = working;
    this.tell = tell;
  }

  /**
   * Starts the messages, on a thread of their own; does nothing if the unit does not ask for them.
   */
  static void start(Map<String, String> env, BooleanSupplier working, Runnable tell) {
    long micros = micros(env);
    if (micros > 0) {
      Watchdog watchdog = new Watchdog(Math.max(1, micros / 2), working, tell);
      Thread thread = new Thread(watchdog::run, "ppmq-watchdog");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * The time that systemd gives this process; 0 if it gives none, or gives it to another process.
   */
  private static long micros(Map<String, String> env) {
    String pid = env.getOrDefault("WATCHDOG_PID", "");
    if (!pid.isEmpty() && !pid.equals(Long.toString(ProcessHandle.current().pid()))) {
      return 0;
    }
    String micros = env.getOrDefault("WATCHDOG_USEC", "");
    if (!micros.isEmpty() && !micros.matches("[0-9]{1,18}")) {
      LOG.warn("$WATCHDOG_USEC {} is not a number of microseconds", micros);
      return 0;
    }
    return micros.isEmpty() ? 0 : Long.parseLong(micros);
  }

  private void run() {
    try {
      boolean worked = true;
      while (true) {
        boolean works = working.getAsBoolean();
        if (works) {
          tell.run();
        } else if (worked) {
          LOG.error("the broker does not answer; systemd is not told that it works");
        }
        worked = works;
        TimeUnit.MICROSECONDS.sleep(pauseMicros);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
