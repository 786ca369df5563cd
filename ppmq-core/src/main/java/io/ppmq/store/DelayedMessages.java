package io.ppmq.store;

import java.util.List;

/**
 * The delayed messages of one topic, in the order of their moments, then of their ids. Threads,
 * commits and failures are as {@link TopicStore} says.
 */
public interface DelayedMessages {
  /** Stores a message until its moment; its id was given to no other. */
  void add(DelayedMessage message);

  /**
   * The messages whose moment is {@code nowMillis} or before, in order: at most {@code max}, and no
   * more once their payloads add up to {@code bytesMax} bytes, but at least one if there is any.
   * Each is reported until it is removed. Messages that the commit being collected adds may be
   * missing; those that it removes are not reported. Free when nothing is due.
   */
  List<DelayedMessage> due(long nowMillis, int max, long bytesMax);

  /**
   * Messages in the same order and with the same bounds, from this moment and id on, whether they
   * are due or not.
   */
  List<DelayedMessage> from(long atMillis, long id, int max, long bytesMax);

  /** Removes a message that one of these methods returned, and that was not removed since. */
  void remove(DelayedMessage message);

  /** Removes all of them. The cost does not depend on their number. */
  void clear();

  /**
   * Their number and the next moment, with the changes of the commit being collected. Costs
   * nothing.
   */
  Delays delays();
}
