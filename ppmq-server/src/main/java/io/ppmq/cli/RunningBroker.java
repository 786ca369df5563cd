package io.ppmq.cli;

import io.ppmq.admin.Admin;
import io.ppmq.admin.Reloading;
import io.ppmq.broker.Clock;
import io.ppmq.broker.RefusedException;
import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import io.ppmq.server.Reload;
import io.ppmq.server.Server;
import io.ppmq.server.StartException;
import java.io.IOException;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The broker and its admin interface, started and stopped together. */
final class RunningBroker {
  private final Server server;
  private final Reloading reloading;
  private final @Nullable Admin admin;

  private RunningBroker(Server server, Reloading reloading, @Nullable Admin admin) {
    this.server = server;
    this.reloading = reloading;
    this.admin = admin;
  }

  /**
   * Starts both; when it returns, connections are accepted.
   *
   * @param halt ends the process with a status when the broker cannot go on
   * @throws StartException when one of them cannot start; neither runs then
   */
  static RunningBroker start(ConfigFile file, IntConsumer halt)
      throws StartException, InterruptedException {
    Server server = Server.start(file.config(), halt);
    return start(server, new Reload(server, file)::run, file.config());
  }

  /** Likewise, with a configuration that lies in no file. */
  static RunningBroker start(Config config, IntConsumer halt)
      throws StartException, InterruptedException {
    return start(Server.start(config, halt), RunningBroker::noFile, config);
  }

  private static List<String> noFile() throws RefusedException {
    throw new RefusedException("this broker has no configuration file that could be reloaded");
  }

  private static RunningBroker start(Server server, Reloading reloading, Config config)
      throws StartException, InterruptedException {
    Address address = config.admin();
    if (address == null) {
      return new RunningBroker(server, reloading, null);
    }
    try {
      Admin admin = Admin.open(address, server.broker(), reloading, Clock.system());
      AdminNote.write(config);
      return new RunningBroker(server, reloading, admin);
    } catch (IOException e) {
      server.stop();
      throw new StartException("Admin: " + e.getMessage());
    }
  }

  /** Reads the configuration anew. */
  Reloading reloading() {
    return reloading;
  }

  /** Whether it does its work; blocks for up to 10 seconds. */
  boolean isWorking() {
    return server.broker().isWorking();
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
