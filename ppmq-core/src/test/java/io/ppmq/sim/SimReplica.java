package io.ppmq.sim;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.Proposals;
import io.ppmq.store.rocksdb.Replica;
import java.util.function.Consumer;

/** One machine's copy of the store, as {@link Replica} is one. */
interface SimReplica extends AutoCloseable {
  /** The entry that makes a store of an empty one. */
  byte[] founding();

  /** Takes that entry, as the first of the log. */
  void found(byte[] founding);

  /** Takes an entry of the log. */
  Replica.Outcome apply(long term, long index, byte[] entry);

  /** Takes an entry of the log that changes nothing. */
  void pass(long term, long index);

  /** How many entries it has taken. */
  int taken();

  /** The store of a broker that leads in this term. */
  Store lead(long term, Proposals proposals);

  /** A change was made to a store that it gave to a broker, by the port. */
  void written(Store led, Consumer<Store> change);

  /** Its process has died, and perhaps the power was lost: it may have taken less than before. */
  void died(boolean powerLost);

  /** Puts what another machine has in the place of what is here. */
  void install(SimReplica other);

  /** What it holds; the same of two that hold the same. */
  String content();

  @Override
  void close();
}
