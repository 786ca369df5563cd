package io.ppmq.cluster.ratis;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The time since which the disk refuses the entries of the log. Any thread. */
final class DiskWatch {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private volatile long refusesSinceNanos;

  /** The disk refused an entry for this reason; null if it takes entries again. */
  void refused(@Nullable String sentence) {
    if (sentence == null) {
      refusesSinceNanos = 0;
      LOG.info("the disk takes entries of the cluster again");
    } else if (refusesSinceNanos == 0) {
      refusesSinceNanos = System.nanoTime();
      LOG.error("the disk refuses entries of the cluster: {}", sentence);
    }
  }

  /** Whether the disk has refused for so long that another node should lead. */
  boolean refusesForLong() {
    long since = refusesSinceNanos;
    return since != 0 && System.nanoTime() - since > PATIENCE_NANOS;
  }
}
