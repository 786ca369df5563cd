package io.ppmq.it;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers keep one queue, each on its own machine; one after another is killed, stopped, cut
 * off, filled up, or loses its power or disk. {@code -Dfailovers=} sets the number of faults of the
 * leader, {@code -Dseed=} chooses faults and times. {@link ClusterLedger} has the conditions; also,
 * the other nodes must go on in time, and the cluster must recover by itself. The build strikes the
 * leader ten times, with short faults. Once in a few long runs a node whose messages were held back
 * after it had been replaced did not recover within 90 s, for an unknown reason.
 */
class ClusterFaultsIT {
  private static final int BRIEF_FAIL_OVERS = 10;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final @Nullable Integer failOvers = Integer.getInteger("failovers");

  @TempDir Path keys;

  @Test
  void nothingIsLostOrRepeatedWhateverBefallsOneNode() throws Exception {
    Requirement.programs("openssl");
    Requirement.clusterModule();
    boolean brief = failOvers == null || Boolean.getBoolean("brief");
    int times = failOvers == null ? BRIEF_FAIL_OVERS : failOvers;
    System.out.println("cluster, " + times + " fail-overs, seed " + seed);
    try (ClusterTorture torture = new ClusterTorture(seed, brief, keys)) {
      torture.run(times);
    }
  }
}
