package io.ppmq.store.rocksdb;

import io.ppmq.store.SharedCommits;
import org.jspecify.annotations.Nullable;

/**
 * The target of the commits of a {@link RocksStore} and the source of its reads: one database, or
 * that of a replica with its commit under way. Chosen once, when the store is opened. For the
 * writer's thread, except {@link #use} and {@link #look}.
 */
interface Commits {
  /** Lends the reader for the length of a call. */
  <T> T use(Database.Use<T> use);

  /** Lends the reader for the length of a call that may find nothing. */
  <T> @Nullable T look(Database.Look<T> look);

  /**
   * Makes a commit and returns when it is kept.
   *
   * @throws io.ppmq.store.StoreException when it is not; {@link RocksStore#committed} was not
   *     called
   */
  void commit(RocksStore store);

  /** Puts on the disk that ids below this one may be in use. */
  void reserveIds(long upTo);

  /** The commits for which no thread waits; null when a thread waits for each. */
  @Nullable SharedCommits shared(RocksStore store);

  /** Ends it; {@code before} frees the collected changes. */
  void close(Runnable before);
}
