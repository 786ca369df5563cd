package io.ppmq.broker.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The times at which commits reach the disk. */
class SyncPolicyTest {
  @Test
  void alwaysConfirmsAfterTheSyncAndNeverLeavesItToTheKernel() {
    assertThat(SyncPolicy.ALWAYS.beforeConfirm()).isTrue();
    assertThat(SyncPolicy.ALWAYS.delayMillis()).isEqualTo(1000);
    assertThat(SyncPolicy.NEVER.beforeConfirm()).isFalse();
    assertThat(SyncPolicy.NEVER.intervalMillis()).isZero();
  }

  @Test
  void syncBeginsAfterHalfOfADuration() {
    assertThat(SyncPolicy.every(Duration.ofMillis(500)).delayMillis()).isEqualTo(250);
  }

  @Test
  void durationIsAtLeastAMillisecondAndNoLongerThanAClockCanCount() {
    assertThat(SyncPolicy.every(Duration.ofNanos(1)).intervalMillis()).isOne();
    assertThat(SyncPolicy.every(Duration.ofNanos(1)).delayMillis()).isOne();
    assertThat(SyncPolicy.every(Duration.ofDays(1_000_000)).intervalMillis())
        .isEqualTo(Long.MAX_VALUE / 1_000_000);
  }
}
