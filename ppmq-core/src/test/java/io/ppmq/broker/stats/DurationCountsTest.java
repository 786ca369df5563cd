package io.ppmq.broker.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Durations, counted by bounds. */
class DurationCountsTest {
  private final DurationCounts counts = new DurationCounts();

  @Test
  void aBoundCountsWhatTookExactlyThatLong() {
    counts.add(TimeUnit.MICROSECONDS.toNanos(100));
    counts.add(TimeUnit.MICROSECONDS.toNanos(100) + 1);

    List<Long> cumulative = counts.cumulative();

    assertThat(cumulative.get(0)).isEqualTo(1);
    assertThat(cumulative.get(1)).isEqualTo(2);
  }

  @Test
  void theLastNumberCountsWhatTookLongerThanAllBounds() {
    counts.add(TimeUnit.SECONDS.toNanos(60));

    List<Long> cumulative = counts.cumulative();

    assertThat(cumulative).hasSize(DurationCounts.BOUNDS_MICROS.size() + 1);
    assertThat(cumulative.get(cumulative.size() - 2)).isZero();
    assertThat(cumulative.get(cumulative.size() - 1)).isEqualTo(1);
  }

  @Test
  void theSumIsThatOfAllAndNeverFalls() {
    counts.add(5);
    counts.add(-3);
    counts.add(7);

    assertThat(counts.sumNanos()).isEqualTo(12);
  }
}
