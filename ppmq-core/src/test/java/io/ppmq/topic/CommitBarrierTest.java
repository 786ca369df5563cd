package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The id up to which everything is committed. */
class CommitBarrierTest {
  private final CommitBarrier barrier = new CommitBarrier();

  @Test
  void itHoldsNothingAtFirst() {
    assertThat(barrier.holdsAny()).isFalse();
    assertThat(barrier.holds(Long.MAX_VALUE - 1)).isFalse();
  }

  @Test
  void itHoldsEveryIdFromThereOn() {
    barrier.committedUpTo(5);

    assertThat(barrier.holds(4)).isFalse();
    assertThat(barrier.holds(5)).isTrue();
    assertThat(barrier.holdsAny()).isTrue();
  }

  @Test
  void itHoldsNothingMoreWhenItIsLifted() {
    barrier.committedUpTo(5);

    barrier.lift();

    assertThat(barrier.holds(5)).isFalse();
    assertThat(barrier.holdsAny()).isFalse();
  }

  @Test
  void aVersionThatWaitsIsToldOnce() {
    assertThat(barrier.takeVersionWaits()).isFalse();

    barrier.versionWaits();

    assertThat(barrier.takeVersionWaits()).isTrue();
    assertThat(barrier.takeVersionWaits()).isFalse();
  }
}
