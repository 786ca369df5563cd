package io.ppmq.cluster;

import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Makes this process a node of a cluster. {@link ServiceLoader} finds the module for it; there is
 * none if the package {@code ppmq-cluster} is not installed.
 */
public interface Clusters {
  /** The installed module; empty if there is none. Loads its class. */
  static Optional<Clusters> installed() {
    return ServiceLoader.load(Clusters.class, Clusters.class.getClassLoader()).findFirst();
  }

  /**
   * Checks that the certificate, key and CA of a node exist and match. Reads them, and does nothing
   * else.
   *
   * @throws ClusterException when they cannot be used, with the file and the reason
   */
  void check(ClusterSettings settings) throws ClusterException;

  /**
   * Starts the node. It listens to the other nodes when this returns, and continues from the state
   * on its disk: a member stands for election or follows, and a node whose disk is empty waits for
   * {@link Member#found} or {@link Member#join}. Blocks for as long as it takes to open the store.
   *
   * @param leadership is called from now on, even before this returns
   * @throws ClusterException when it cannot start: a certificate that cannot be used, an address
   *     that is taken, a disk that is not this node's
   * @throws io.ppmq.store.StoreException when the store in the data path cannot be opened
   */
  Member start(ClusterSettings settings, Leadership leadership, Relays relays)
      throws ClusterException;

  /**
   * Takes a stopped member that has lost the majority of the others for good out of its cluster.
   * From then on its data path is that of a single server, with which a cluster can be founded
   * again. Data that only the others had is lost, and they may come back only with an empty disk.
   * Blocks.
   *
   * @throws ClusterException when it is not a member, or is running
   */
  void forceSingle(ClusterSettings settings) throws ClusterException;
}
