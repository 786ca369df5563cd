package io.ppmq.sim;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.Proposals;
import io.ppmq.store.rocksdb.Replica;
import java.util.function.Consumer;

/** One machine's copy of the store, like {@link Replica}. */
interface SimReplica extends AutoCloseable {
  /** The entry that turns an empty replica into a store. */
  byte[] founding();

  /** Applies that entry, as the first of the log. */
  void found(byte[] founding);

  /** Applies an entry of the log. */
  Replica.Outcome apply(long term, long index, byte[] entry);

  /** Applies an entry of the log that changes nothing. */
  void pass(long term, long index);

  /** The number of applied entries. */
  int taken();

  /** The store of a broker that leads in this term. */
  Store lead(long term, Proposals proposals);

  /** A store that it gave to a broker was changed. */
  void written(Store led, Consumer<Store> change);

  /** Its process died, and perhaps the power failed: it may have fewer entries than before. */
  void died(boolean powerLost);

  /** Replaces its content by that of another machine. */
  void install(SimReplica other);

  /** Its content as text; equal contents give equal texts. */
  String content();

  @Override
  void close();
}
