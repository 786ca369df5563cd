/**
 * A store that keeps everything in one RocksDB in one directory: one write-ahead log, one cache and
 * one bound on memory for all topics.
 *
 * <p>{@link io.ppmq.store.rocksdb.RocksStore} is all that other packages see of it on one machine,
 * {@link io.ppmq.store.rocksdb.Replica} where several machines keep the same store. Inside, {@code
 * Keys} draws the layout, {@code Engine} and {@code Tuning} own the native objects, {@code Opening}
 * looks at a directory before RocksDB may touch it, {@code Database} opens it again when the disk
 * has refused, and {@code Reclaim} gives disk back.
 */
@NullMarked
package io.ppmq.store.rocksdb;

import org.jspecify.annotations.NullMarked;
