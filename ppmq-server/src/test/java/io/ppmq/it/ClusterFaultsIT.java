package io.ppmq.it;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers that keep one queue, on machines of their own, of which one after another is
 * killed, stopped, cut off, filled up or robbed of power or disk. {@code -Dfailovers=} says how
 * often that happens to the one that leads, {@code -Dseed=} what and when. What must hold: {@link
 * ClusterLedger}; and that the others go on in time, and all is well again by itself. The build has
 * the one that leads befallen ten times, by what takes little time. Once in a few long runs a node
 * whose messages were held back after it had been replaced was not well again within 90 s, the
 * cause of which is not known.
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
