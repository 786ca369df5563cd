package io.ppmq.store.rocksdb;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way from the broker that leads a cluster into the log. */
public interface Proposals {
  /**
   * Has an entry put at the end of the log, to be applied by the {@link Replica} of every node.
   * Entries keep the order of the calls. Never blocks; may be called while others are under way.
   *
   * @param entry not to be changed any more by anyone
   * @param done called once, on any thread, perhaps before this method returns: with null when the
   *     entry is in the log of a majority and the replica of this node has said that it is {@link
   *     Replica.Outcome#APPLIED}; else with a sentence that says why it is not known whether it
   *     ever will be
   */
  void propose(byte[] entry, Consumer<@Nullable String> done);
}
