package io.ppmq.store.rocksdb;

import io.ppmq.store.SharedCommits;
import org.jspecify.annotations.Nullable;

/**
 * Where the commits of a {@link RocksStore} go, and what it reads: one database, or that of a
 * replica with what is under way to it. Chosen once, when the store is opened. For the writer's
 * thread, but {@link #use} and {@link #look}.
 */
interface Commits {
  /** Lends what is read for the length of a call. */
  <T> T use(Database.Use<T> use);

  /** Lends what is read for the length of a call that may find nothing. */
  <T> @Nullable T look(Database.Look<T> look);

  /**
   * Has a commit be kept, and returns when it is.
   *
   * @throws io.ppmq.store.StoreException when it is not; {@link RocksStore#committed} was not
   *     called
   */
  void commit(RocksStore store);

  /** Has it be kept, on the disk, that ids below this one may be in use. */
  void reserveIds(long upTo);

  /** How commits are kept for which no thread waits; null when a thread waits for each. */
  @Nullable SharedCommits shared(RocksStore store);

  /** Ends it; {@code before} frees what was collected. */
  void close(Runnable before);
}
