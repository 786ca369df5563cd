package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ppmq.store.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The properties that follow from a topic's configuration. */
class TopicSettingsTest {
  private static TopicSettings retrying(long retryMillis, long retryMaxMillis) {
    return new TopicSettings("orders", List.of("ann"), retryMillis, false, 3, true)
        .with(new TopicLimits(0, 0, WhenFull.BLOCK, 0, null, retryMaxMillis, false));
  }

  private static TopicSettings withMaxAge(long maxAgeMillis) {
    return new TopicSettings(
        "orders", List.of("ann"), 0, false, 1, true, TopicLimits.NONE, maxAgeMillis);
  }

  @Test
  void theTimeForAnAcknowledgementDoublesUpToItsBound() {
    TopicSettings settings = retrying(1000, 6000);

    assertThat(settings.ackRetryMillis(1)).isEqualTo(1000);
    assertThat(settings.ackRetryMillis(2)).isEqualTo(2000);
    assertThat(settings.ackRetryMillis(3)).isEqualTo(4000);
    assertThat(settings.ackRetryMillis(4)).isEqualTo(6000);
    assertThat(settings.ackRetryMillis(Integer.MAX_VALUE)).isEqualTo(6000);
  }

  @Test
  void itStaysTheSameWithoutABound() {
    assertThat(retrying(1000, 0).ackRetryMillis(50)).isEqualTo(1000);
  }

  @Test
  void noTimeIsShorterOrLongerThanMakesSense() {
    assertThat(retrying(1, 0).ackRetryNanos(1)).isEqualTo(10_000_000);
    assertThat(retrying(Long.MAX_VALUE, 0).ackRetryNanos(1))
        .isPositive()
        .isLessThanOrEqualTo(Long.MAX_VALUE / 4);
  }

  @Test
  void whatExpiresByAgeDoesSoAtTheEndOfASecondAndNeverBefore() {
    assertThat(withMaxAge(1500).ageEndMillis(10_000)).isEqualTo(12_000);
    assertThat(withMaxAge(2000).ageEndMillis(10_000)).isEqualTo(12_000);
    assertThat(withMaxAge(0).ageEndMillis(10_000)).isEqualTo(Entry.NEVER);
    assertThat(withMaxAge(Long.MAX_VALUE).ageEndMillis(10_000)).isEqualTo(Entry.NEVER);
  }

  @Test
  void thereIsAQueueForDeadLettersOnlyWhereNobodyElseHasOne() {
    TopicSettings nobody =
        new TopicSettings("dead", List.of(), 0, false, 1, true)
            .with(TopicLimits.NONE.keepingDeadLetters());
    TopicSettings ann =
        new TopicSettings("dead", List.of("ann"), 0, false, 1, true)
            .with(TopicLimits.NONE.keepingDeadLetters());

    assertThat(nobody.queueNames()).containsExactly(TopicSettings.DEAD_LETTERS);
    assertThat(ann.queueNames()).containsExactly("ann");
    assertThat(nobody.retired().queueNames()).isEmpty();
  }

  @Test
  void priorityThatTheTopicHasNotIsTheNearestOne() {
    TopicSettings settings = retrying(0, 0);

    assertThat(settings.nearestPriority(7)).isEqualTo(2);
    assertThat(settings.nearestPriority(-1)).isZero();
    assertThat(settings.nearestPriority(1)).isEqualTo(1);
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TopicSettings("orders", List.of(), 0, false, 0, true));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TopicSettings("orders", List.of(), -1, false, 1, true));
    assertThatIllegalArgumentException().isThrownBy(() -> withMaxAge(-1));
  }
}
