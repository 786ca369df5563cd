package io.ppmq.cli.serve;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes the JVM of a node return heap that it took for large values and no longer needs. The
 * collector shrinks the heap only in a full collection, in steps over several of them, and with
 * small messages the next full collection may be hours away. Only nodes of a cluster have this: a
 * broker without {@code Cluster} has no pauses but those that it needs.
 *
 * <p>A series of full collections begins when the heap has grown since the last one, and then not
 * for a minute. It ends when the heap is small or in use, or after a few. The next one begins ten
 * minutes later at the earliest.
 */
final class SpareHeap {
  /** The heap of this process. */
  interface Heap {
    /** The bytes that the heap takes from the system. */
    long size();

    long used();

    /** Collects all garbage. */
    void collect();
  }

  /** A heap of this size stays. */
  static final long SIZE_MIN = 64 << 20;

  private static final long LOOK_MILLIS = 10_000;
  private static final int QUIET_LOOKS = 6;
  private static final int LOOKS_BETWEEN_SERIES = 60;

  /**
   * A full collection takes up to 190 ms on a busy machine. With a shorter {@code ElectionTimeout}
   * the others could take a leader for dead meanwhile.
   */
  private static final Duration ELECTION_TIMEOUT_MIN = Duration.ofSeconds(1);

  /** The collector shrinks the heap by nothing, then 10, 40 and 100 percent of what is spare. */
  private static final int COLLECTIONS_MAX = 6;

  private final Heap heap;
  private long size;
  private int quietLooks;

  /** Whether the heap has grown since the last series began. */
  private boolean grown;

  /** The collections left in the series; 0 when there is none. */
  private int left;

  private int looksToNextSeries;

  SpareHeap(Heap heap) {
    this.heap = heap;
    this.size = heap.size();
  }

  /** Looks now and then, on a thread of its own, if the heap of this node may become large. */
  static void watch(Duration electionTimeout) {
    boolean large = Runtime.getRuntime().maxMemory() > SIZE_MIN;
    if (large && electionTimeout.compareTo(ELECTION_TIMEOUT_MIN) >= 0) {
      Thread thread = new Thread(new SpareHeap(new OwnHeap())::run, "ppmq-heap");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Collects if it is time. To be called every ten seconds. */
  void look() {
    looksToNextSeries--;
    long now = heap.size();
    if (now > size) {
      quietLooks = 0;
      grown = true;
    } else {
      quietLooks++;
    }
    size = now;
    if (size <= SIZE_MIN) {
      left = 0;
    } else if (quietLooks >= QUIET_LOOKS) {
      collectOrWait();
    }
  }

  private void collectOrWait() {
    if (left == 0 && grown && looksToNextSeries <= 0) {
      left = COLLECTIONS_MAX;
      grown = false;
    }
    if (left > 0) {
      left--;
      looksToNextSeries = LOOKS_BETWEEN_SERIES;
      heap.collect();
      size = heap.size();
      if (size <= SIZE_MIN || heap.used() > size / 2) {
        left = 0;
      }
    }
  }

  private static final class OwnHeap implements Heap {
    @Override
    public long size() {
      return Runtime.getRuntime().totalMemory();
    }

    @Override
    public long used() {
      return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Override
    public void collect() {
      System.gc();
    }
  }
}
