package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Cuts the power repeatedly while producers and subscribers use all features: unsynced data is
 * gone, see {@link ForgetfulDisk}. {@code -Dcuts=} sets the number of cuts, {@code -Dseed=} their
 * times and the traffic. {@link TortureView} has the conditions.
 */
class PowerCutIT {
  private final long seed = Long.getLong("seed", System.nanoTime());

  @BeforeEach
  void makeTheDisk() throws Exception {
    assumeTrue(ForgetfulDisk.isPossible(), "needs cc");
  }

  @Test
  void nothingConfirmedIsLostWhenItIsSyncedAlways() throws Exception {
    cut(Integer.getInteger("cuts", 4), "always", Duration.ZERO);
  }

  @Test
  void nothingOlderThanTheDurationIsLost() throws Exception {
    cut(Integer.getInteger("cuts", 2), "500ms", Duration.ofMillis(500));
  }

  /** Otherwise the tests above would prove nothing. */
  @Test
  void whatWasConfirmedWithoutASyncIsLost() throws Exception {
    assertThat(cut(3, "10s", Duration.ofSeconds(10)).lostAsAllowed()).isPositive();
  }

  private Ledger cut(int cuts, String sync, Duration window) throws Exception {
    System.out.println("power cut, " + cuts + " times, Sync: " + sync + ", seed " + seed);
    try (Torture torture = new Torture(seed, sync, new PowerCut(window))) {
      torture.run(cuts);
      return torture.ledger();
    }
  }
}
