package io.ppmq.broker.turn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Work that falls due later. */
class TimersTest {
  private final Timers timers = new Timers(0);
  private final List<String> done = new ArrayList<>();

  @Test
  void whatIsForgottenDoesNotComeDueAndTheRestOfThatMomentDoes() {
    Timers.Due forgotten = turn -> done.add("forgotten");
    timers.at(5, forgotten);
    timers.at(5, turn -> done.add("kept"));

    timers.forget(5, forgotten);
    timers.run(new Turn(5, 0));

    assertThat(done).containsExactly("kept");
  }

  @Test
  void nothingIsWaitedForWhenAllIsForgotten() {
    Timers.Due forgotten = turn -> done.add("forgotten");
    timers.at(5, forgotten);

    timers.forget(5, forgotten);

    assertThat(timers.nanosToNext(0, 100)).isEqualTo(100);
  }
}
