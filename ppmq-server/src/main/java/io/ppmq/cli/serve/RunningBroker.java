package io.ppmq.cli.serve;

import io.ppmq.admin.Reloading;
import io.ppmq.admin.Version;
import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.cluster.Member;
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
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The broker and its admin interface, started and stopped together. */
public final class RunningBroker {
  private final Server server;

  /** The broker of this process; null while it is on another machine. */
  private volatile @Nullable Broker broker;

  private Config config;
  private Reloading reloading = RunningBroker::noFile;
  private @Nullable RunningAdmin admin;
  private @Nullable MetricsFile metricsFile;

  private RunningBroker(Server server, Config config) {
    this.server = server;
    this.config = config;
    server.tellBroker(now -> broker = now);
  }

  /**
   * Starts both; when it returns, connections are accepted.
   *
   * @param halt ends the process with a status if the broker cannot go on
   * @throws StartException when one of them cannot start; neither runs then
   */
  public static RunningBroker start(ConfigFile file, IntConsumer halt)
      throws StartException, InterruptedException {
    RunningBroker broker = new RunningBroker(Server.start(file.config(), halt), file.config());
    broker.reloading = new Reload(broker.server, file, broker::goBy)::run;
    return broker.opened();
  }

  /** Starts with a configuration without a file. */
  public static RunningBroker start(Config config, IntConsumer halt)
      throws StartException, InterruptedException {
    return new RunningBroker(Server.start(config, halt), config).opened();
  }

  private static List<String> noFile() throws RefusedException {
    throw new RefusedException(
        ErrorCode.UNAVAILABLE, "this broker has no configuration file that could be reloaded");
  }

  private synchronized RunningBroker opened() throws StartException, InterruptedException {
    try {
      RunningAdmin opened = RunningAdmin.open(config, server, metrics(), reloading);
      admin = opened;
      if (opened != null) {
        server.lookAfter(opened::renewSocket);
      }
      metricsFile = openMetricsFile();
      return this;
    } catch (StartException e) {
      server.stop();
      throw e;
    }
  }

  private @Nullable MetricsFile openMetricsFile() {
    Path file = config.metricsFile();
    if (file == null) {
      return null;
    }
    return MetricsFile.start(metrics(), file);
  }

  private Metrics metrics() {
    Member member = server.member();
    return new Metrics(
        () -> broker,
        member == null ? null : member::status,
        server::bounds,
        Clock.system(),
        Version.current(),
        config.dataDirectory());
  }

  /** Applies another configuration, which the server has applied already. */
  private synchronized void goBy(Config next) {
    Config before = config;
    config = next;
    if (admin != null) {
      admin.apply(next);
    }
    if (!Objects.equals(before.metricsFile(), next.metricsFile())) {
      try {
        stopMetricsFile();
        metricsFile = openMetricsFile();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void stopMetricsFile() throws InterruptedException {
    if (metricsFile != null) {
      metricsFile.stop();
      metricsFile = null;
    }
  }

  /** Reads the configuration again. */
  Reloading reloading() {
    return reloading;
  }

  /** Whether the broker works; blocks for up to 10 seconds. */
  boolean isWorking() {
    Broker here = broker;
    return here == null || here.isWorking();
  }

  /** Stops both; blocks until everything is on the disk. */
  public synchronized void stop() throws IOException, InterruptedException {
    try {
      stopMetricsFile();
      if (admin != null) {
        admin.close();
      }
    } finally {
      server.stop();
    }
  }
}
