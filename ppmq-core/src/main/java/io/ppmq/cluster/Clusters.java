package io.ppmq.cluster;

import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Makes this process a node of a cluster. The module that can do so is found by {@link
 * ServiceLoader}; there is none where the package {@code ppmq-cluster} is not installed.
 */
public interface Clusters {
  /** The one that is installed; empty where there is none. Loads its class. */
  static Optional<Clusters> installed() {
    return ServiceLoader.load(Clusters.class, Clusters.class.getClassLoader()).findFirst();
  }

  /**
   * Whether the certificate, key and CA of a node are there and go together. Reads them, and does
   * nothing else.
   *
   * @throws ClusterException when they cannot be used; says which, and why
   */
  void check(ClusterSettings settings) throws ClusterException;

  /**
   * Starts the node. It listens to the other nodes when this returns, and goes on from where its
   * disk says that it was: a member stands for election or follows, and a node whose disk is empty
   * waits for {@link Member#found} or {@link Member#join}. Blocks for as long as it takes to open
   * the store.
   *
   * @param leadership is told from now on, before this returns too
   * @throws ClusterException when it cannot start: a certificate that cannot be used, an address
   *     that is taken, a disk that is not this node's
   * @throws io.ppmq.store.StoreException when the store in the data path cannot be opened
   */
  Member start(ClusterSettings settings, Leadership leadership, Relays relays)
      throws ClusterException;

  /**
   * Takes a stopped member, which has lost the majority of the others for good, out of its cluster:
   * its data path is a single server's from then on, with which a cluster can be founded again.
   * What only the others had is lost, and none of them may come back but with an empty disk.
   * Blocks.
   *
   * @throws ClusterException when it is no member, or is running
   */
  void forceSingle(ClusterSettings settings) throws ClusterException;
}
