package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The ranges whose space is to be given back. */
class DroppedRangesTest {
  private final DroppedRanges ranges = new DroppedRanges();

  private void add(long from, long to) {
    ranges.add(1, 0, from, to);
  }

  private static DroppedRanges.Range range(long from, long to) {
    return new DroppedRanges.Range(1, 0, from, to);
  }

  @Test
  void tenThousandRangesThatTouchAreOne() {
    for (int i = 0; i < 10_000; i++) {
      add(100 + 7L * i, 107 + 7L * i);
    }
    assertThat(ranges.all()).containsExactly(range(100, 70_100));
  }

  @Test
  void rangesThatTouchInAnyOrderAreOne() {
    add(20, 30);
    add(10, 20);
    add(40, 50);
    add(30, 40);

    assertThat(ranges.all()).containsExactly(range(10, 50));
  }

  @Test
  void rangesWithAGapStayApartUntilItIsDropped() {
    add(10, 20);
    add(21, 30);
    add(40, 50);
    assertThat(ranges.all()).containsExactly(range(10, 20), range(21, 30), range(40, 50));

    add(20, 21);
    assertThat(ranges.all()).containsExactly(range(10, 30), range(40, 50));
  }

  @Test
  void frontTakesInWhatItCoversAndWhatItTouches() {
    add(10, 20);
    add(25, 30);
    add(40, 60);
    add(70, 80);
    add(0, 30);
    assertThat(ranges.all()).containsExactly(range(0, 30), range(40, 60), range(70, 80));

    add(0, 50);
    assertThat(ranges.all()).containsExactly(range(0, 60), range(70, 80));
    add(0, 70);
    assertThat(ranges.all()).containsExactly(range(0, 80));
  }

  @Test
  void rangeWithinAnotherChangesNothing() {
    add(10, 50);
    add(20, 30);

    assertThat(ranges.all()).containsExactly(range(10, 50));
  }

  @Test
  void rangesOfOtherLogsAreApart() {
    add(10, 20);
    ranges.add(1, 1, 20, 30);
    ranges.add(2, 0, 20, 30);

    assertThat(ranges.all())
        .containsExactlyInAnyOrder(
            range(10, 20),
            new DroppedRanges.Range(1, 1, 20, 30),
            new DroppedRanges.Range(2, 0, 20, 30));
  }

  @Test
  void whatIsSettledIsForgotten() {
    add(0, 10);
    add(20, 30);
    List<DroppedRanges.Range> settled = ranges.all();
    add(40, 50);
    ranges.forget(settled);
    assertThat(ranges.all()).containsExactly(range(40, 50));

    ranges.forget(ranges.all());
    assertThat(ranges.all()).isEmpty();
    add(60, 70);
    assertThat(ranges.all()).containsExactly(range(60, 70));
  }

  @Test
  void rangeThatGrewWhileItWasSettledStays() {
    add(10, 20);
    add(40, 50);
    add(70, 80);
    List<DroppedRanges.Range> settled = ranges.all();
    add(20, 25);
    add(35, 40);
    ranges.forget(settled);

    assertThat(ranges.all()).containsExactly(range(10, 25), range(35, 50));
  }
}
