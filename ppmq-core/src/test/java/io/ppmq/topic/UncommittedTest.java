package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Messages published since the last commit, and messages that may go ahead of them. */
class UncommittedTest {
  private final Uncommitted uncommitted = new Uncommitted();

  @Test
  void everythingMayGoAheadOfNothing() {
    assertThat(uncommitted.priorityEnd()).isEqualTo(Integer.MAX_VALUE);
    assertThat(uncommitted.count()).isZero();
  }

  @Test
  void onlyThePrioritiesUpToItsHighestMayGoAhead() {
    uncommitted.at(3);
    uncommitted.at(1);
    uncommitted.at(2);

    assertThat(uncommitted.priorityEnd()).isEqualTo(2);
  }

  @Test
  void nothingMayGoAheadOfWhatMayBeAnywhere() {
    uncommitted.anywhere();
    uncommitted.at(1);

    assertThat(uncommitted.priorityEnd()).isZero();
  }

  @Test
  void theNextCommitBeginsWithNone() {
    uncommitted.add(5);
    uncommitted.at(0);

    uncommitted.clear();

    assertThat(uncommitted.count()).isZero();
    assertThat(uncommitted.priorityEnd()).isEqualTo(Integer.MAX_VALUE);
  }
}
