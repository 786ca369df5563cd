/**
 * A store in one RocksDB in one directory: one write-ahead log, one cache and one bound on memory
 * for all topics.
 *
 * <p>{@link io.ppmq.store.rocksdb.RocksStore} is its interface for other packages on one machine,
 * {@link io.ppmq.store.rocksdb.Replica} where several machines keep the same store. Inside, {@code
 * Keys} describes the layout, {@code Engine} and {@code Tuning} own the native objects, {@code
 * Opening} checks a directory before RocksDB opens it, {@code Database} reopens it after failures
 * of the disk, and {@code Reclaim} frees disk space.
 */
@NullMarked
package io.ppmq.store.rocksdb;

import org.jspecify.annotations.NullMarked;
