package io.ppmq.it;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers that keep one queue, on machines of their own, of which one after another is
 * killed, stopped, cut off, filled up or robbed of power or disk. {@code -Dfailovers=} says how
 * often that happens to the one that leads, {@code -Dseed=} what and when. What must hold: {@link
 * ClusterLedger}; and that the others go on in time, and all is well again by itself.
 */
class ClusterFaultsIT {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final int failOvers = Integer.getInteger("failovers", 4);

  @TempDir Path keys;

  @Test
  void nothingIsLostOrRepeatedWhateverBefallsOneNode() throws Exception {
    Requirement.programs("openssl");
    Requirement.clusterModule();
    System.out.println("cluster, " + failOvers + " fail-overs, seed " + seed);
    try (ClusterTorture torture = new ClusterTorture(seed, keys)) {
      torture.run(failOvers);
    }
  }
}
