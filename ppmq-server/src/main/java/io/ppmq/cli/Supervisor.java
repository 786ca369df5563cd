package io.ppmq.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * systemd, when it started this process and asked to be told how it is: a unit with {@code
 * Type=notify} and {@code NotifyAccess=all}, because it is the program systemd-notify that tells.
 */
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final boolean asked;

  Supervisor(Map<String, String> env) {
    this.asked = !env.getOrDefault("NOTIFY_SOCKET", "").isEmpty();
  }

  void ready() {
    tell("READY=1");
  }

  void stopping() {
    tell("STOPPING=1");
  }

  /** Does not wait for the program: nothing here depends on it. */
  private void tell(String state) {
    if (!asked) {
      return;
    }
    try {
      new ProcessBuilder("systemd-notify", "--no-block", state)
          .redirectInput(Redirect.from(new java.io.File("/dev/null")))
          .redirectOutput(Redirect.DISCARD)
          .redirectError(Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      LOG.warn("systemd cannot be told {}: {}", state, e.getMessage());
    }
  }
}
