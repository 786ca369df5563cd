/**
 * A store that keeps everything in one RocksDB in one directory: one write-ahead log, one cache and
 * one bound on memory for all topics.
 *
 * <p>{@link io.ppmq.store.rocksdb.RocksStore} is the whole of what others see of it on one machine,
 * {@link io.ppmq.store.rocksdb.Replica} where several keep the same. Inside, {@code Keys} draws
 * what lies where, {@code Engine} and {@code Tuning} own what is native, {@code Opening} looks at a
 * directory before RocksDB may touch it, {@code Database} opens it again when the disk has refused,
 * and {@code Reclaim} gives disk back.
 */
@NullMarked
package io.ppmq.store.rocksdb;

import org.jspecify.annotations.NullMarked;
