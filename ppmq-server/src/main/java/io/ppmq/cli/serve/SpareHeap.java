package io.ppmq.cli.serve;

import java.util.concurrent.TimeUnit;

/**
 * Makes the JVM return heap that it took for large values and no longer needs. The collector
 * shrinks the heap only in a full collection, in steps over several of them, and with small
 * messages the next full collection may be hours away.
 *
 * <p>Full collections begin after a minute in which the heap did not grow. They end when the heap
 * is small or in use, or after a few; then the next ones follow only after the heap has grown.
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

  /** A heap of this size stays; a single broker has no more. */
  static final long SIZE_MIN = 64 << 20;

  private static final long LOOK_MILLIS = 10_000;
  private static final int QUIET_LOOKS = 6;

  /** The collector shrinks the heap by nothing, then 10, 40 and 100 percent of what is spare. */
  private static final int COLLECTIONS_MAX = 6;

  private final Heap heap;
  private long size;
  private int quietLooks;
  private int collections;

  SpareHeap(Heap heap) {
    this.heap = heap;
    this.size = heap.size();
  }

  /** Looks now and then, on a thread of its own, if the heap may become large. */
  static void watch() {
    if (Runtime.getRuntime().maxMemory() > SIZE_MIN) {
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

  /** Collects if it is time. To be called every few seconds. */
  void look() {
    long now = heap.size();
    if (now > size) {
      quietLooks = 0;
      collections = 0;
    } else {
      quietLooks++;
    }
    if (now > SIZE_MIN && quietLooks >= QUIET_LOOKS && collections < COLLECTIONS_MAX) {
      collections++;
      heap.collect();
      now = heap.size();
      if (heap.used() > now / 2) {
        collections = COLLECTIONS_MAX;
      }
    }
    size = now;
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
