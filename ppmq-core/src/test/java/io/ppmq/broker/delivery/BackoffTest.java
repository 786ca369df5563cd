package io.ppmq.broker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.turn.Turn;
import org.junit.jupiter.api.Test;

/** The pauses between attempts to reach a subscriber. */
class BackoffTest {
  private final Backoff backoff = new Backoff();

  @Test
  void itIsTwiceAsLongAfterEachFailureUpToABound() {
    assertThat(backoff.begin(at(0))).isEqualTo(Backoff.FIRST_NANOS);
    assertThat(backoff.begin(at(0))).isEqualTo(2 * Backoff.FIRST_NANOS);
    for (int i = 0; i < 100; i++) {
      backoff.begin(at(0));
    }
    assertThat(backoff.begin(at(7))).isEqualTo(7 + Backoff.LAST_NANOS);
  }

  @Test
  void itWaitsUntilThatMomentAndNotAtIt() {
    long until = backoff.begin(at(0));

    assertThat(backoff.isWaiting(at(until - 1))).isTrue();
    assertThat(backoff.isWaiting(at(until))).isFalse();
  }

  @Test
  void itWaitsAlsoWhereTheClockTurnsOver() {
    long until = backoff.begin(at(Long.MAX_VALUE));

    assertThat(backoff.isWaiting(at(Long.MAX_VALUE))).isTrue();
    assertThat(backoff.isWaiting(at(until))).isFalse();
  }

  @Test
  void aSignOfLifeMakesTheNextOneShortAndEndsNone() {
    backoff.begin(at(0));
    backoff.begin(at(0));

    backoff.shorten();

    assertThat(backoff.isWaiting(at(0))).isTrue();
    assertThat(backoff.begin(at(0))).isEqualTo(Backoff.FIRST_NANOS);
  }

  @Test
  void itIsOverAtOnceWhenTheSubscriberIsThere() {
    backoff.begin(at(0));

    backoff.end();

    assertThat(backoff.isWaiting(at(0))).isFalse();
    assertThat(backoff.begin(at(0))).isEqualTo(Backoff.FIRST_NANOS);
  }

  private static Turn at(long nanos) {
    return new Turn(nanos, 0);
  }
}
