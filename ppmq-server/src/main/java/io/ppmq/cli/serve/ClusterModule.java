package io.ppmq.cli.serve;

import io.ppmq.cluster.Clusters;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;

/** Whether this machine has what a configuration with {@code Cluster} needs. */
final class ClusterModule {
  private ClusterModule() {}

  /**
   * Does nothing, and loads nothing, for a broker that is alone.
   *
   * @throws InvalidConfig when the module is not installed; says which package brings it
   */
  static void check(ConfigFile file) throws InvalidConfig {
    if (file.config().cluster() != null && Clusters.installed().isEmpty()) {
      throw file.withoutCluster(
          "Cluster needs the package ppmq-cluster, which is not installed: install it, or put its"
              + " jars into lib/cluster beside the program's");
    }
  }
}
