package io.ppmq.it;

/** What befalls a node of a cluster, or all of them. */
enum ClusterFault {
  KILLED("kill -9"),
  ENDED("a clean stop"),
  STOPPED("SIGSTOP for longer than an election"),
  CUT_OFF("the link cut in both directions"),
  DEAF("nothing reaches it"),
  MUTE("nothing of it reaches others"),
  DISK_FULL("a full disk"),
  POWER_LOST("loss of power"),
  DISK_LOST("an empty disk, and then a replacement"),
  CLOCK_AHEAD("a clock set forwards by minutes"),
  CLOCK_BEHIND("a clock set back by minutes"),
  ALL_SLOWED("delays of 50 to 200 ms and a loss of 5 % on all links"),
  MAJORITY_LOST("one killed, and then the link of the leader cut"),
  TWO_KILLED("kill -9 of the leader and another, until what waits is refused"),
  ALL_POWER_LOST("loss of power everywhere at once");

  private final String words;

  ClusterFault(String words) {
    this.words = words;
  }

  /** Whether it befalls one node, and the others confirm without it. */
  boolean isOfOne() {
    return this != ALL_SLOWED
        && this != MAJORITY_LOST
        && this != TWO_KILLED
        && this != ALL_POWER_LOST;
  }

  /**
   * How often it befalls a leader in a short run, in which all is well again soon after it: a
   * process that has to start takes its time.
   */
  int timesInBrief() {
    return switch (this) {
      case STOPPED, CUT_OFF, DEAF, MUTE -> 2;
      case KILLED, POWER_LOST -> 1;
      default -> 0;
    };
  }

  /** Whether it befalls a clock. */
  boolean stepsClock() {
    return this == CLOCK_AHEAD || this == CLOCK_BEHIND;
  }

  /** Whether the leader it befalls may lead on for itself for a while. */
  boolean leavesTwoLeaders() {
    return this == STOPPED || this == ALL_SLOWED || cutsOff();
  }

  /** Whether it befalls a link, so that the leader cannot know that it leads no more. */
  boolean cutsOff() {
    return this == CUT_OFF || this == DEAF || this == MUTE || this == MAJORITY_LOST;
  }

  @Override
  public String toString() {
    return words;
  }
}
