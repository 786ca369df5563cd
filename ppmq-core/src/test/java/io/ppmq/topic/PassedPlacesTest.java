package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Place;
import org.junit.jupiter.api.Test;

/** Places with a waiting message that cursors have passed. */
class PassedPlacesTest {
  private static final Bytes K = Bytes.utf8("k");
  private static final Bytes L = Bytes.utf8("l");

  private final PassedPlaces passed = new PassedPlaces();

  @Test
  void aPlaceIsFreeOnceNothingWithItsKeyIsOut() {
    passed.add(new Place(0, 7), K);
    assertThat(passed.isAnyFree()).isFalse();
    assertThat(passed.heldCount()).isEqualTo(1);

    passed.back(K);

    assertThat(passed.firstFree(0, 1)).isEqualTo(new PassedPlaces.Passed(new Place(0, 7), K));
    assertThat(passed.heldCount()).isZero();
  }

  @Test
  void aPlaceIsNotFreeWhileItsKeyIsOutAgain() {
    passed.add(new Place(0, 7), K);
    passed.back(K);

    passed.out(K);

    assertThat(passed.firstFree(0, 1)).isNull();
    assertThat(passed.has(new Place(0, 7))).isTrue();
  }

  @Test
  void theFirstOfSeveralLogsIsTheOneWithTheLowestId() {
    passed.add(new Place(1, 9), K);
    passed.add(new Place(2, 8), L);
    passed.back(K);
    passed.back(L);

    PassedPlaces.Passed first = passed.firstFree(1, 3);

    assertThat(first).isNotNull().returns(new Place(2, 8), PassedPlaces.Passed::place);
    assertThat(passed.firstFree(0, 1)).isNull();
  }

  @Test
  void aPlaceThatIsTakenIsGoneAndItsKeyComesBackToNothing() {
    passed.add(new Place(0, 7), K);
    passed.back(K);

    assertThat(passed.remove(new Place(0, 7))).isTrue();
    assertThat(passed.remove(new Place(0, 7))).isFalse();
    passed.back(K);

    assertThat(passed.isEmpty()).isTrue();
    assertThat(passed.isAnyFree()).isFalse();
  }

  @Test
  void keysWithoutAPlaceChangeNothing() {
    passed.add(new Place(0, 7), K);

    passed.back(L);
    passed.out(L);

    assertThat(passed.all()).hasSize(1);
    assertThat(passed.isAnyFree()).isFalse();
    assertThat(passed.heldCount()).isEqualTo(1);
  }
}
