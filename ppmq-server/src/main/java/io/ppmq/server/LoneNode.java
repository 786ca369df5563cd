package io.ppmq.server;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.Clusters;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.Config;
import io.ppmq.store.StoreException;

/** A node that founds its cluster again after the loss of the majority. */
public final class LoneNode {
  private LoneNode() {}

  /**
   * Takes the node of a configuration out of its cluster while its broker is stopped. Blocks.
   *
   * @return the name of the node
   * @throws StartException if that fails, with the reason; nothing was changed
   */
  public static String force(Config config) throws StartException {
    ClusterConfig cluster = config.cluster();
    if (cluster == null) {
      throw new StartException("the configuration has no Cluster: this broker is alone already");
    }
    Clusters clusters =
        Clusters.installed()
            .orElseThrow(() -> new StartException("the package ppmq-cluster is not installed"));
    try {
      clusters.forceSingle(NodeSettings.of(config, cluster));
      return cluster.node();
    } catch (ClusterException e) {
      throw new StartException(String.valueOf(e.getMessage()));
    } catch (StoreException e) {
      throw new StartException(e.sentence(), e.isDamage());
    }
  }
}
