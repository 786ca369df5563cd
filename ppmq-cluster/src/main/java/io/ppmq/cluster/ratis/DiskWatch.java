package io.ppmq.cluster.ratis;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disk of this node: since when it refuses the entries of the log, or has so little room that a
 * leader refuses what is published. Any thread.
 */
final class DiskWatch {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int HYSTERESIS = 16;

  private volatile long refusesSinceNanos;
  private volatile @Nullable String refusal;
  private volatile boolean room = true;
  private long shortSinceNanos;

  /** The disk refused an entry for this reason; null if it takes entries again. */
  void refused(@Nullable String sentence) {
    refusal = sentence;
    if (sentence == null) {
      refusesSinceNanos = 0;
      LOG.info("the disk takes entries of the cluster again");
    } else if (refusesSinceNanos == 0) {
      refusesSinceNanos = System.nanoTime();
      LOG.error("the disk refuses entries of the cluster: {}", sentence);
    }
  }

  /** Why it refuses entries; null while it takes them. */
  @Nullable String refusal() {
    String sentence = refusal;
    return sentence == null ? null : "the disk refuses entries of the cluster: " + sentence;
  }

  /** Whether the disk has refused for so long that another node should lead. */
  boolean refusesForLong() {
    return isLong(refusesSinceNanos);
  }

  /**
   * Notes the free space, and the space that messages need to be accepted. To be called every now
   * and then, by one thread.
   */
  void look(long freeBytes, long minFreeBytes) {
    // A disk that had too little has room again when messages would be taken again.
    room = freeBytes >= (room ? minFreeBytes : minFreeBytes + minFreeBytes / HYSTERESIS);
    if (room) {
      shortSinceNanos = 0;
    } else if (shortSinceNanos == 0) {
      shortSinceNanos = System.nanoTime();
    }
  }

  /** Whether messages would be taken. */
  boolean hasRoom() {
    return room;
  }

  /** Whether it has no room for so long that a node that has is to lead. For the one that looks. */
  boolean isShortForLong() {
    return isLong(shortSinceNanos);
  }

  private static boolean isLong(long sinceNanos) {
    return sinceNanos != 0 && System.nanoTime() - sinceNanos > PATIENCE_NANOS;
  }
}
