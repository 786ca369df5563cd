package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Progress;
import org.junit.jupiter.api.Test;

/** Messages that were nacked and are not due yet. */
class NackedMessagesTest {
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final NackedMessages nacked = new NackedMessages();

  @Test
  void theFirstToComeDueIsTakenFirstAndOnlyWhatIsDue() {
    Outstanding late = nacked(1, 3000);
    Outstanding soon = nacked(2, 1000);
    Outstanding sooner = nacked(3, 500);

    assertThat(nacked.nextNanos()).isEqualTo(SECOND_NANOS / 2);
    assertThat(nacked.takeDue(SECOND_NANOS, 0)).containsExactly(sooner, soon);
    assertThat(nacked.all()).containsExactly(late);
  }

  @Test
  void twoThatComeDueAtOnceAreBothThere() {
    Outstanding one = nacked(1, 1000);
    Outstanding other = nacked(2, 1000);

    assertThat(nacked.count()).isEqualTo(2);
    assertThat(nacked.takeDue(SECOND_NANOS, 0)).containsExactly(one, other);
  }

  @Test
  void theOrderHoldsWhereTheClockTurnsOver() {
    Outstanding before = message(1);
    Outstanding after = message(2);
    before.nack = moment(1000, Long.MAX_VALUE - SECOND_NANOS);
    after.nack = moment(2000, Long.MAX_VALUE - SECOND_NANOS);
    nacked.add(after);
    nacked.add(before);

    assertThat(nacked.all()).containsExactly(before, after);
    assertThat(nacked.takeDue(Long.MAX_VALUE, 0)).containsExactly(before);
  }

  @Test
  void whatWasSavedHasNoMomentUntilTheFirstLook() {
    Outstanding saved = message(1);
    nacked.resume(saved, new Progress.Nacked(102_000, 3000));

    assertThat(nacked.hasNext()).isFalse();
    assertThat(nacked.isResumed()).isTrue();
    assertThat(nacked.takeDue(0, 100_000)).isEmpty();

    assertThat(nacked.isResumed()).isFalse();
    assertThat(nacked.nextNanos()).isEqualTo(2 * SECOND_NANOS);
  }

  @Test
  void whatIsSavedAgainBeforeTheFirstLookIsWhatWasSaved() {
    Outstanding saved = message(1);
    Progress.Nacked until = new Progress.Nacked(102_000, 3000);
    nacked.resume(saved, until);

    assertThat(nacked.saved(saved).nacked()).isEqualTo(until);
  }

  @Test
  void whatIsTakenOutComesDueNoMore() {
    Outstanding saved = message(1);
    nacked.resume(saved, new Progress.Nacked(102_000, 3000));
    Outstanding message = nacked(2, 1000);

    nacked.remove(saved);
    nacked.remove(message);

    assertThat(nacked.count()).isZero();
    assertThat(nacked.takeDue(Long.MAX_VALUE / 2, 200_000)).isEmpty();
  }

  @Test
  void theirKeysAreCountedWhileTheyWait() {
    Outstanding saved = message(1);
    nacked.resume(saved, new Progress.Nacked(102_000, 3000));
    Outstanding other = nacked(23, 5000);
    assertThat(nacked.keyBytes()).isEqualTo(5);

    nacked.takeDue(0, 100_000);
    assertThat(nacked.keyBytes()).isEqualTo(5);
    nacked.takeDue(2 * SECOND_NANOS, 100_000);
    assertThat(nacked.keyBytes()).isEqualTo(3);
    nacked.remove(saved);
    nacked.remove(other);
    assertThat(nacked.keyBytes()).isZero();
  }

  @Test
  void reasonsAreKeptAsLongAsThereIsRoomForThem() {
    String half = "r".repeat(TopicLimits.NACKED_REASON_CHARS_MAX / 2);
    Outstanding first = nackedFor(1, half);
    Outstanding second = nackedFor(2, half);
    Outstanding third = nackedFor(3, "x");
    assertThat(first.shownReason()).isEqualTo(half);
    assertThat(second.shownReason()).isEqualTo(half);
    assertThat(third.shownReason()).isNull();

    nacked.remove(first);
    assertThat(nackedFor(4, half).shownReason()).isEqualTo(half);
    nacked.takeDue(SECOND_NANOS, 0);
    assertThat(nackedFor(5, half).shownReason()).isEqualTo(half);
    assertThat(nackedFor(6, half).shownReason()).isEqualTo(half);
    assertThat(nackedFor(7, "x").shownReason()).isNull();
  }

  private Outstanding nackedFor(long id, String reason) {
    Outstanding message = message(id);
    message.nack = new NackMoment(new Nack(1000, reason), 0, 0);
    assertThat(message.nack.waitsAfter(1)).isTrue();
    nacked.add(message);
    return message;
  }

  private Outstanding nacked(long id, long retryAfterMillis) {
    Outstanding message = message(id);
    message.nack = moment(retryAfterMillis, 0);
    nacked.add(message);
    return message;
  }

  private static NackMoment moment(long retryAfterMillis, long atNanos) {
    NackMoment moment = new NackMoment(new Nack(retryAfterMillis, null), atNanos, 0);
    assertThat(moment.waitsAfter(1)).isTrue();
    return moment;
  }

  private static Outstanding message(long id) {
    return new Outstanding(0, id, id, Bytes.utf8("k" + id), false);
  }
}
