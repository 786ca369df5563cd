package io.ppmq.cluster;

import io.ppmq.store.Store;
import org.jspecify.annotations.Nullable;

/**
 * What the program does when the leader changes. The cluster calls it from a thread of its own, one
 * call at a time; each may block, and the next waits for it.
 */
public interface Leadership {
  /**
   * This node leads: everything that earlier leaders committed is in the store. The program starts
   * the broker. What it throws ends the leadership: another node is to lead.
   *
   * @param store the leader's view; it may be used until {@link #end} has returned, and closing it
   *     does not close the node's store
   * @param term of the election that it won; greater than all before
   */
  void begin(Store store, long term);

  /**
   * This node leads no longer. When it returns, nothing is pushed, answered or proposed any more by
   * the broker that {@link #begin} started.
   *
   * @param reason a sentence, for answers to what was not done, and to what nobody knows of
   */
  void end(String reason);

  /**
   * Another node leads, or nobody is known to. Not called for this node itself; connections that
   * are relayed to another leader than this end by themselves.
   *
   * @param leader its name; null while there is none
   */
  void follow(@Nullable String leader);

  /**
   * This node cannot go on, and the process is to end so that a supervisor starts it again: its log
   * was damaged by a failing disk, or what it was sent does not follow from what it has.
   *
   * @param reason a sentence
   */
  void fail(String reason);
}
