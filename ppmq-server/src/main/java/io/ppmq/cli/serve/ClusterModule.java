package io.ppmq.cli.serve;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.Clusters;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.server.NodeSettings;
import java.util.Optional;

/** Whether this machine has the module that a configuration with {@code Cluster} needs. */
final class ClusterModule {
  private ClusterModule() {}

  /**
   * Does nothing and loads nothing for a broker without a cluster.
   *
   * @throws InvalidConfig if the module is not installed (the message names its package), or the
   *     node's certificate, key or CA cannot be used
   */
  static void check(ConfigFile file) throws InvalidConfig {
    ClusterConfig cluster = file.config().cluster();
    if (cluster != null) {
      Asked.check(file, cluster);
    }
  }

  /** A class apart, since the exceptions that a class catches are loaded with it. */
  private static final class Asked {
    static void check(ConfigFile file, ClusterConfig cluster) throws InvalidConfig {
      Optional<Clusters> installed = Clusters.installed();
      if (installed.isEmpty()) {
        throw file.withoutCluster(
            "Cluster needs the package ppmq-cluster, which is not installed: install it, or put its"
                + " jars into lib/cluster beside the program's");
      }
      try {
        installed.get().check(NodeSettings.of(file.config(), cluster));
      } catch (ClusterException e) {
        throw file.withoutCluster(String.valueOf(e.getMessage()));
      }
    }
  }
}
