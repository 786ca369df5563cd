package io.ppmq.store.rocksdb;

import java.util.Deque;

/** Frees native objects. */
final class Natives {
  private Natives() {}

  /** Closes all of them, beginning with the first, and empties the collection. */
  static void close(Deque<AutoCloseable> objects) {
    while (!objects.isEmpty()) {
      try {
        objects.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a native object could not be freed", e);
      }
    }
  }
}
