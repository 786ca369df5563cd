package io.ppmq.broker.stats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The counts of refused messages. */
class RefusalsTest {
  @Test
  void valueWhoseMessagesAreNotKnownCountsAsOne() {
    Refusals refusals = new Refusals();
    refusals.add(Refusals.Reason.MALFORMED, 0);
    refusals.add(Refusals.Reason.FULL, 50);
    refusals.add(Refusals.Reason.FULL, 1);

    assertThat(refusals.count(Refusals.Reason.MALFORMED)).isOne();
    assertThat(refusals.count(Refusals.Reason.FULL)).isEqualTo(51);
    assertThat(refusals.count(Refusals.Reason.STORAGE)).isZero();
  }
}
