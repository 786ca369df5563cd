package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.Progress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages published while a subscriber was detached. */
class AbsencesTest {
  private final Absences absences = new Absences();

  @Test
  void onlyWhatWasPublishedWhileItWasDetachedLiesInOne() {
    absences.begin(5);
    absences.end(8);

    assertThat(absences.at(4)).isNull();
    assertThat(absences.at(5)).isEqualTo(new Progress.Absence(5, 8));
    assertThat(absences.at(7)).isNotNull();
    assertThat(absences.at(8)).isNull();
  }

  @Test
  void anOpenOneHasNoEnd() {
    absences.begin(5);

    assertThat(absences.isOpen()).isTrue();
    assertThat(absences.isInOpen(4)).isFalse();
    assertThat(absences.isInOpen(1_000_000)).isTrue();
  }

  @Test
  void itSaysWhetherAnythingChanges() {
    assertThat(absences.end(5)).isFalse();
    assertThat(absences.begin(5)).isTrue();
    assertThat(absences.begin(6)).isFalse();
    assertThat(absences.end(8)).isTrue();

    assertThat(absences.saved()).containsExactly(new Progress.Absence(5, 8));
  }

  @Test
  void onlyThoseThatEveryCursorHasPassedAreForgotten() {
    absences.begin(5);
    absences.end(8);
    absences.begin(20);
    absences.end(30);
    absences.begin(40);

    absences.forgetPassed(toId -> toId <= 8);
    assertThat(absences.saved()).hasSize(2);
    absences.forgetPassed(toId -> true);

    assertThat(absences.saved()).containsExactly(new Progress.Absence(40, Long.MAX_VALUE));
  }

  @Test
  void messagesOutsideOfAllAbsencesAreNeeded() {
    absences.begin(5);
    absences.end(8);
    absences.begin(20);

    List<IdRanges.Range> needed = new ArrayList<>();
    absences.collectNeeded(3, needed);

    assertThat(IdRanges.union(needed).ranges())
        .containsExactly(new IdRanges.Range(3, 5), new IdRanges.Range(8, 20));
  }

  @Test
  void whatWasPassedIsNotNeeded() {
    absences.begin(5);
    absences.end(8);

    List<IdRanges.Range> needed = new ArrayList<>();
    absences.collectNeeded(7, needed);

    assertThat(IdRanges.union(needed).ranges())
        .containsExactly(new IdRanges.Range(8, Long.MAX_VALUE));
  }
}
