package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Sets of ids. */
class IdRangesTest {
  private static IdRanges.Range range(long from, long to) {
    return new IdRanges.Range(from, to);
  }

  @Test
  void aUnionJoinsWhatTouchesAndDropsWhatIsEmpty() {
    IdRanges union =
        IdRanges.union(List.of(range(7, 9), range(1, 3), range(5, 5), range(3, 4), range(2, 3)));

    assertThat(union.ranges()).containsExactly(range(1, 4), range(7, 9));
  }

  @Test
  void aDifferenceCutsRangesInPieces() {
    IdRanges all = IdRanges.union(List.of(range(0, 10), range(20, 30)));
    IdRanges taken = IdRanges.union(List.of(range(3, 5), range(8, 22), range(29, 40)));

    assertThat(all.minus(taken)).containsExactly(range(0, 3), range(5, 8), range(22, 29));
  }

  @Test
  void nothingIsLeftOfWhatIsAllTaken() {
    assertThat(IdRanges.ALL.minus(IdRanges.ALL)).isEmpty();
    assertThat(IdRanges.ALL.minus(IdRanges.union(List.of()))).isEqualTo(IdRanges.ALL.ranges());
  }

  @Test
  void theyAreSetsOfIds() {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      List<IdRanges.Range> some = some(random);
      List<IdRanges.Range> others = some(random);
      BitSet left = ids(some);
      left.andNot(ids(others));

      IdRanges union = IdRanges.union(some);

      assertThat(ids(union.ranges())).isEqualTo(ids(some));
      assertThat(ids(union.minus(IdRanges.union(others)))).isEqualTo(left);
    }
  }

  private static List<IdRanges.Range> some(Random random) {
    List<IdRanges.Range> ranges = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      long from = random.nextInt(20);
      ranges.add(range(from, from + random.nextInt(6)));
    }
    return ranges;
  }

  private static BitSet ids(List<IdRanges.Range> ranges) {
    BitSet ids = new BitSet();
    ranges.forEach(range -> ids.set((int) range.from(), (int) range.to()));
    return ids;
  }
}
