package io.ppmq.store;

import java.util.List;

/**
 * What a repair found and what it made of it.
 *
 * @param damages what could not be read: a sentence each, with the file and the place in it
 * @param remarks what is worth knowing and no damage
 * @param topics what was kept; empty when nothing had to be repaired
 */
public record RepairReport(List<String> damages, List<String> remarks, List<Topic> topics) {

  /**
   * What was kept of a topic.
   *
   * @param messages how many messages are stored
   * @param lostAtMost how many are missing between those that are stored; some of them may have
   *     been acknowledged, replaced or expired before
   */
  public record Topic(String name, long messages, long lostAtMost, List<Queue> queues) {}

  /**
   * What was kept of a subscriber of a topic.
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
