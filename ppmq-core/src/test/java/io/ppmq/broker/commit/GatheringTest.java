package io.ppmq.broker.commit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GatheringTest {
  private static final long MILLI = 1_000_000;

  private final Gathering gathering = new Gathering();

  private boolean waits(int waiting, long nowMillis) {
    gathering.look(waiting, nowMillis * MILLI);
    return gathering.isOn();
  }

  private void begin(int confirmed, int waiting, long tookMillis, long nowMillis) {
    gathering.begin(confirmed, waiting, tookMillis * MILLI, nowMillis * MILLI);
  }

  @Test
  void endsWhenAsManyHaveComeAsWereConfirmed() {
    begin(3, 2, 5, 100);
    assertThat(waits(4, 101)).isTrue();
    assertThat(waits(5, 101)).isFalse();
  }

  @Test
  void lastsForTwiceTheTimeOfTheCommit() {
    begin(3, 0, 5, 100);
    assertThat(gathering.nanosLeft(100 * MILLI)).isEqualTo(10 * MILLI);
    assertThat(waits(2, 109)).isTrue();
    assertThat(waits(2, 110)).isFalse();
    assertThat(gathering.nanosLeft(111 * MILLI)).isZero();
  }

  @Test
  void lastsForTwentyMillisecondsAtMost() {
    begin(1, 0, 60_000, 100);
    assertThat(gathering.nanosLeft(100 * MILLI)).isEqualTo(20 * MILLI);
  }

  @Test
  void doesNotBeginWhenNothingWasConfirmed() {
    begin(0, 7, 5, 100);
    assertThat(gathering.isOn()).isFalse();
  }

  @Test
  void isNotTriedForSomeCommitsAfterItWasInVain() {
    begin(4, 0, 5, 100);
    assertThat(waits(1, 110)).isFalse();
    for (int commit = 0; commit < 32; commit++) {
      begin(4, 0, 5, 200);
      assertThat(gathering.isOn()).as("commit %d", commit).isFalse();
    }
    begin(4, 0, 5, 300);
    assertThat(gathering.isOn()).isTrue();
    assertThat(waits(4, 301)).isFalse();
    begin(4, 0, 5, 400);
    assertThat(gathering.isOn()).as("the trial was not in vain").isTrue();
  }

  @Test
  void isTriedAgainAtOnceWhenHalfOfThemCame() {
    begin(4, 0, 5, 100);
    assertThat(waits(2, 110)).isFalse();
    begin(4, 0, 5, 200);
    assertThat(gathering.isOn()).isTrue();
  }
}
