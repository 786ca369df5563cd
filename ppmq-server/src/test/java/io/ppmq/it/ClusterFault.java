package io.ppmq.it;

/** A fault of a node of a cluster, or of all nodes. */
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

  /** Whether it concerns one node, without which the others confirm. */
  boolean isOfOne() {
    return this != ALL_SLOWED
        && this != MAJORITY_LOST
        && this != TWO_KILLED
        && this != ALL_POWER_LOST;
  }

  /**
   * The number of times that it strikes a leader in a short run, in which a node must recover soon:
   * a process that has to start takes longer.
   */
  int timesInBrief() {
    return switch (this) {
      case STOPPED, CUT_OFF, DEAF, MUTE -> 2;
      case KILLED, POWER_LOST -> 1;
      default -> 0;
    };
  }

  /** Whether it sets a clock. */
  boolean stepsClock() {
    return this == CLOCK_AHEAD || this == CLOCK_BEHIND;
  }

  /** Whether the struck leader may go on leading alone for a while. */
  boolean leavesTwoLeaders() {
    return this == STOPPED || this == ALL_SLOWED || cutsOff();
  }

  /** Whether it cuts a link, so that the leader cannot know that it no longer leads. */
  boolean cutsOff() {
    return this == CUT_OFF || this == DEAF || this == MUTE || this == MAJORITY_LOST;
  }

  @Override
  public String toString() {
    return words;
  }
}
