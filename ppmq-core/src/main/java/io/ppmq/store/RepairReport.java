package io.ppmq.store;

import java.util.List;

/**
 * The findings of a repair and its results.
 *
 * @param damages the unreadable parts: a sentence each, with the file and the place in it
 * @param remarks remarks that are not about damage
 * @param topics the kept data of each topic; empty when nothing had to be repaired
 */
public record RepairReport(List<String> damages, List<String> remarks, List<Topic> topics) {

  /**
   * The kept data of a topic.
   *
   * @param messages how many messages are stored
   * @param lostAtMost how many are missing between those that are stored; some of them may have
   *     been acknowledged, replaced or expired before
   */
  public record Topic(String name, long messages, long lostAtMost, List<Queue> queues) {}

  /**
   * The kept data of a subscriber of a topic.
   *
   * @param waiting how many messages it will get
   * @param outstandingLost how many that were sent to it and not acknowledged are gone
   * @param progressKept whether it goes on where it was; otherwise it gets everything again
   */
  public record Queue(
      String subscriber, long waiting, long outstandingLost, boolean progressKept) {}

  /** Whether there was anything to repair. */
  public boolean isDamaged() {
    return !damages.isEmpty();
  }
}
