package io.ppmq.cli;

import io.ppmq.admin.Reloading;
import io.ppmq.admin.Version;
import io.ppmq.broker.Clock;
import io.ppmq.broker.RefusedException;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import io.ppmq.metrics.Metrics;
import io.ppmq.metrics.MetricsFile;
import io.ppmq.server.Reload;
import io.ppmq.server.Server;
import io.ppmq.server.StartException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The broker and its admin interface, started and stopped together. */
final class RunningBroker {
  private final Server server;
  private final Reloading reloading;
  private final @Nullable RunningAdmin admin;
  private final @Nullable MetricsFile metricsFile;

  private RunningBroker(
      Server server,
      Reloading reloading,
      @Nullable RunningAdmin admin,
      @Nullable MetricsFile metricsFile) {
    this.server = server;
    this.reloading = reloading;
    this.admin = admin;
    this.metricsFile = metricsFile;
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
    try {
      RunningAdmin admin = RunningAdmin.open(config, server.broker(), reloading);
      return new RunningBroker(server, reloading, admin, metricsFile(server, config));
    } catch (StartException e) {
      server.stop();
      throw e;
    }
  }

  private static @Nullable MetricsFile metricsFile(Server server, Config config) {
    Path file = config.metricsFile();
    if (file == null) {
      return null;
    }
    Metrics metrics =
        new Metrics(server.broker(), Clock.system(), Version.current(), config.dataDirectory());
    return MetricsFile.start(metrics, file);
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
      if (metricsFile != null) {
        metricsFile.stop();
      }
      if (admin != null) {
        admin.close();
      }
    } finally {
      server.stop();
    }
  }
}
