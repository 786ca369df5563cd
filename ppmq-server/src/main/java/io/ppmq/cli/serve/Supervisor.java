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
 * systemd, if it started this process and asks for notifications: a unit with {@code Type=notify}
 * and {@code NotifyAccess=all}, because the program systemd-notify sends them.
 */
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private static final long TELLING_SECONDS_MAX = 2;

  private final boolean asked;
  private final @Nullable ReloadResult result;

  /** Sends the last request for more time. */
  private volatile @Nullable Process extending;

  Supervisor(Map<String, String> env) {
    this.asked = !env.getOrDefault("NOTIFY_SOCKET", "").isEmpty();
    this.result = ReloadResult.in(env);
  }

  /** The broker listens on this address. A request for more time must not arrive later. */
  void ready(String address) {
    await(extending);
    extending = null;
    tell("READY=1", "STATUS=serves " + address);
  }

  /**
   * Makes systemd wait longer for {@link #ready} while the start makes progress; the caller closes
   * it at the end of the start. Null if systemd does not wait.
   */
  @Nullable LongStart starting() {
    return asked
        ? LongStart.watch(LongStart.LOOK_MILLIS, new Effort()::goesOn, this::extend)
        : null;
  }

  private void extend() {
    extending =
        tell(
            "EXTEND_TIMEOUT_USEC=" + LongStart.EXTENSION_MICROS,
            "STATUS=starting: opening the store");
  }

  /** Waits until systemd was told: this must not arrive after the next {@link #ready}. */
  void reloading() {
    String micros = Long.toString(System.nanoTime() / 1000); // CLOCK_MONOTONIC, as systemd requires
    await(tell("RELOADING=1", "MONOTONIC_USEC=" + micros));
  }

  /** Tells the unit that has sent the signal how the reload ended. */
  void reloaded(boolean done) {
    if (result != null) {
      result.write(done);
    }
  }

  private static void await(@Nullable Process telling) {
    try {
      if (telling != null && !telling.waitFor(TELLING_SECONDS_MAX, TimeUnit.SECONDS)) {
        LOG.warn("systemd-notify does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void stopping() {
    tell("STOPPING=1", "STATUS=stopping");
  }

  /** The broker works. */
  void alive() {
    tell("WATCHDOG=1");
  }

  /**
   * Does not wait for the program; null if there is none. The program itself waits until systemd
   * has read its message: systemd asks the kernel for the unit of the process, so the process must
   * still exist.
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
      LOG.warn("cannot send {} to systemd: {}", states[0], e.getMessage());
      return null;
    }
  }
}
