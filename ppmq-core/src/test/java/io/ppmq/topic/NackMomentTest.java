package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.Progress;
import org.junit.jupiter.api.Test;

/** The due times of nacked messages. */
class NackMomentTest {
  private static final long SECOND_NANOS = 1_000_000_000L;

  @Test
  void itComesDueByTheClockThatNeverJumps() {
    NackMoment moment = new NackMoment(new Nack(3000, null), 7, 1_800_000_000_000L);

    assertThat(moment.waitsAfter(1)).isTrue();

    assertThat(moment.dueNanos()).isEqualTo(7 + 3 * SECOND_NANOS);
  }

  @Test
  void reasonIsKeptUntilItIsForgotten() {
    NackMoment waits = new NackMoment(new Nack(Nack.BY_ATTEMPTS, "no such host"), 7, 0);
    assertThat(waits.waitsAfter(2)).isTrue();
    assertThat(waits.nack().reason()).isEqualTo("no such host");
    assertThat(waits.reasonChars()).isEqualTo(12);

    waits.forgetReason();

    assertThat(waits.nack()).isEqualTo(new Nack(Nack.BY_ATTEMPTS, null));
    assertThat(waits.reasonChars()).isZero();
  }

  @Test
  void itDoesNotWaitWhenItWasToldNotTo() {
    assertThat(new NackMoment(new Nack(0, null), 7, 0).waitsAfter(1)).isFalse();
  }

  @Test
  void whatWasSavedWaitsForTheRestOfItsTimeAfterARestart() {
    NackMoment moment = new NackMoment(new Nack(3000, null), 0, 100_000);
    moment.waitsAfter(1);

    NackMoment resumed = NackMoment.resumed(moment.saved(), 50, 102_000);

    assertThat(resumed.dueNanos()).isEqualTo(50 + SECOND_NANOS);
  }

  @Test
  void aWallClockThatWasSetBackMakesItWaitNoLongerThanItWasToldTo() {
    Progress.Nacked saved = new Progress.Nacked(100_000, 3000);

    assertThat(NackMoment.resumed(saved, 0, 1000).dueNanos()).isEqualTo(3 * SECOND_NANOS);
  }

  @Test
  void aMomentThatHasPassedIsDueAtOnce() {
    Progress.Nacked saved = new Progress.Nacked(100_000, 3000);

    assertThat(NackMoment.resumed(saved, 9, 500_000).dueNanos()).isEqualTo(9);
  }
}
