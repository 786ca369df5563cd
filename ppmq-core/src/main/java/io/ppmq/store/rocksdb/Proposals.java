package io.ppmq.store.rocksdb;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way from the broker that leads a cluster into the log. */
public interface Proposals {
  /**
   * Adds an entry to the end of the log, for the {@link Replica} of every node to apply. Entries
   * keep the order of the calls. Never blocks; may be called while others are under way.
   *
   * @param entry must not be changed any more
   * @param done called once, on any thread, perhaps before this method returns: with null when the
   *     entry is in the log of a majority and the replica of this node has said that it is {@link
   *     Replica.Outcome#APPLIED}; else with a sentence that says why this is not known
   */
  void propose(byte[] entry, Consumer<@Nullable String> done);
}
