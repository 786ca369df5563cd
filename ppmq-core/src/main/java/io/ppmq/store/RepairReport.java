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
   * @param messages the number of stored messages
   * @param lostAtMost the number of missing ones between the stored ones; some of them may have
   *     been acknowledged, replaced or expired before
   */
  public record Topic(String name, long messages, long lostAtMost, List<Queue> queues) {}

  /**
   * The kept data of a subscriber of a topic.
   *
   * @param waiting the number of messages that it will get
   * @param outstandingLost the number of lost messages that were sent to it and not acknowledged
   * @param progressKept whether it continues at its position; otherwise it gets everything again
   */
  public record Queue(
      String subscriber, long waiting, long outstandingLost, boolean progressKept) {}

  /** Whether there was anything to repair. */
  public boolean isDamaged() {
    return !damages.isEmpty();
  }
}
