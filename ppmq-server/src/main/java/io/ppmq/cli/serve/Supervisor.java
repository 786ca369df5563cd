package io.ppmq.cli.serve;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * systemd, when it started this process and asked to be told how it is: a unit with {@code
 * Type=notify} and {@code NotifyAccess=all}, because it is the program systemd-notify that tells.
 */
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private static final long TELLING_SECONDS_MAX = 2;

  private final boolean asked;

  Supervisor(Map<String, String> env) {
    this.asked = !env.getOrDefault("NOTIFY_SOCKET", "").isEmpty();
  }

  void ready() {
    tell("READY=1");
  }

  /**
   * Makes it wait longer for {@link #ready}, as long as the start gets on; to be closed when that
   * is over. Null where systemd does not wait.
   */
  @Nullable LongStart starting() {
    return asked
        ? LongStart.watch(LongStart.LOOK_MILLIS, new Effort()::goesOn, this::extend)
        : null;
  }

  private void extend() {
    tell("EXTEND_TIMEOUT_USEC=" + LongStart.EXTENSION_MICROS);
  }

  /** Waits until it was told: it must not hear of this after it hears that all is ready again. */
  void reloading() {
    String micros = Long.toString(System.nanoTime() / 1000); // CLOCK_MONOTONIC, as it is asked for
    Process telling = tell("RELOADING=1", "MONOTONIC_USEC=" + micros);
    try {
      if (telling != null && !telling.waitFor(TELLING_SECONDS_MAX, TimeUnit.SECONDS)) {
        LOG.warn("systemd-notify does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void stopping() {
    tell("STOPPING=1");
  }

  /** The broker works. */
  void alive() {
    tell("WATCHDOG=1");
  }

  /**
   * Does not wait for the program; null when there is none. The program itself waits until systemd
   * has read its message: systemd asks the kernel to which unit a process belongs, and cannot when
   * the process is gone.
   */
  private @Nullable Process tell(String... states) {
    if (!asked) {
      return null;
    }
    List<String> command = new ArrayList<>(List.of("systemd-notify"));
    command.addAll(List.of(states));
    try {
      return new ProcessBuilder(command)
          .redirectInput(Redirect.from(new java.io.File("/dev/null")))
          .redirectOutput(Redirect.DISCARD)
          .redirectError(Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      LOG.warn("systemd cannot be told {}: {}", states[0], e.getMessage());
      return null;
    }
  }
}
