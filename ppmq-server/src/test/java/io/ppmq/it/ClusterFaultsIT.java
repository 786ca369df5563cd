package io.ppmq.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers that keep one queue, on machines of their own, of which one after another is
 * killed, stopped, cut off, filled up or robbed of power or disk. {@code -Dfailovers=} says how
 * often that happens to the one that leads, {@code -Dseed=} what and when. What must hold: {@link
 * ClusterLedger}; and that the others go on in time, and all is well again by itself. Not part of
 * the build: it takes minutes, and once in a few runs a node whose messages were held back after it
 * had been replaced was not well again within 90 s, the cause of which is not known.
 */
class ClusterFaultsIT {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final int failOvers = Integer.getInteger("failovers", 0);

  @TempDir Path keys;

  @Test
  void nothingIsLostOrRepeatedWhateverBefallsOneNode() throws Exception {
    assumeTrue(failOvers > 0, "takes minutes: ./ppmq-torture cluster");
    Requirement.programs("openssl");
    Requirement.clusterModule();
    System.out.println("cluster, " + failOvers + " fail-overs, seed " + seed);
    try (ClusterTorture torture = new ClusterTorture(seed, keys)) {
      torture.run(failOvers);
    }
  }
}
