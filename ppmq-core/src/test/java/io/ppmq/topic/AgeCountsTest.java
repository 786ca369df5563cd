package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Ages, counted by bounds. */
class AgeCountsTest {
  private static final int ALL = AgeCounts.BOUNDS_MILLIS.size();

  private final AgeCounts counts = new AgeCounts();

  @Test
  void ageThatIsExactlyABoundIsWithinIt() {
    counts.add(1000, 1005);

    assertThat(counts.cumulative().get(AgeCounts.BOUNDS_MILLIS.indexOf(1L))).isZero();
    assertThat(counts.cumulative().get(AgeCounts.BOUNDS_MILLIS.indexOf(5L))).isOne();
    assertThat(counts.cumulative().get(ALL)).isOne();
  }

  @Test
  void whatIsOlderThanAllBoundsIsCountedAtTheEndAlone() {
    long oldest = AgeCounts.BOUNDS_MILLIS.get(ALL - 1);
    counts.add(0, oldest + 1);

    assertThat(counts.cumulative().get(ALL - 1)).isZero();
    assertThat(counts.cumulative().get(ALL)).isOne();
    assertThat(counts.sumMillis()).isEqualTo(oldest + 1);
  }

  @Test
  void clockThatWasSetBackMakesNoNegativeAge() {
    counts.add(1000, 400);

    assertThat(counts.cumulative().get(0)).isOne();
    assertThat(counts.sumMillis()).isZero();
  }

  @Test
  void copyStaysAsItIs() {
    counts.add(0, 1);
    AgeCounts copy = counts.copy();
    counts.add(0, 1);

    assertThat(copy.cumulative().get(ALL)).isOne();
    assertThat(counts.cumulative().get(ALL)).isEqualTo(2);
    assertThat(new AgeCounts().copy().cumulative()).isEmpty();
  }
}
