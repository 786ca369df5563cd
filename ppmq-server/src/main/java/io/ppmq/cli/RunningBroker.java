package io.ppmq.cli;

import io.ppmq.admin.Admin;
import io.ppmq.broker.Clock;
import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.server.Server;
import io.ppmq.server.StartException;
import java.io.IOException;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The broker and its admin interface, started and stopped together. */
final class RunningBroker {
  private final Server server;
  private final @Nullable Admin admin;

  private RunningBroker(Server server, @Nullable Admin admin) {
    this.server = server;
    this.admin = admin;
  }

  /**
   * Starts both; when it returns, connections are accepted.
   *
   * @param halt ends the process with a status when the broker cannot go on
   * @throws StartException when one of them cannot start; neither runs then
   */
  static RunningBroker start(Config config, IntConsumer halt)
      throws StartException, InterruptedException {
    Server server = Server.start(config, halt);
    Address address = config.admin();
    try {
      return new RunningBroker(
          server, address == null ? null : Admin.open(address, server.broker(), Clock.system()));
    } catch (IOException e) {
      server.stop();
      throw new StartException("Admin: " + e.getMessage());
    }
  }

  /** Stops both; blocks until everything is on the disk. */
  void stop() throws IOException, InterruptedException {
    try {
      if (admin != null) {
        admin.close();
      }
    } finally {
      server.stop();
    }
  }
}
