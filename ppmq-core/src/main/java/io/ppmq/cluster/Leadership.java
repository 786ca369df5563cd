package io.ppmq.cluster;

import io.ppmq.store.Store;
import org.jspecify.annotations.Nullable;

/**
 * The reaction of the program to a change of the leader. The cluster calls it from a thread of its
 * own, one call at a time; each may block, and the next waits for it.
 */
public interface Leadership {
  /**
   * This node leads: everything that earlier leaders committed is in the store. The program starts
   * the broker. An exception ends the leadership, so that another node leads.
   *
   * @param store the leader's view; it may be used until {@link #end} has returned, and closing it
   *     does not close the node's store
   * @param term the term of the election that it won; greater than all before
   */
  void begin(Store store, long term);

  /**
   * This node leads no longer. When it returns, nothing is pushed, answered or proposed any more by
   * the broker that {@link #begin} started.
   *
   * @param reason a sentence, for the answers to requests that were not carried out or whose
   *     outcome is unknown
   */
  void end(String reason);

  /**
   * Another node leads, or no leader is known. Not called for this node itself; connections that
   * are relayed to another leader end by themselves.
   *
   * @param leader its name; null while there is none
   */
  void follow(@Nullable String leader);

  /**
   * This node cannot go on, and the process should end so that a supervisor starts it again: a
   * failing disk damaged its log, or an entry does not follow from its data.
   *
   * @param reason a sentence
   */
  void fail(String reason);
}
