package io.ppmq.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.Pause;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The end of every pause, before the simulation checks that everything was delivered. */
class ResumptionTest {
  private static final Pause PAUSE = new Pause("t0", null);

  private final SimClock clock = new SimClock(0);
  private final Agenda agenda = new Agenda(clock);
  private final Set<Pause> paused = new LinkedHashSet<>();
  private final List<Pause> resumed = new ArrayList<>();
  private final Resumption resumption =
      new Resumption(agenda, () -> Set.copyOf(paused), resumed::add);

  private void letSecondsPass(int seconds) {
    long end = clock.elapsedNanos() + seconds * 1_000_000_000L;
    while (agenda.nextNanos() <= end) {
      clock.moveTo(agenda.nextNanos());
      agenda.runNext();
    }
  }

  @Test
  void pauseThatTakesEffectLaterIsEndedToo() {
    resumption.begin();
    letSecondsPass(1);
    paused.add(PAUSE);

    letSecondsPass(1);

    assertThat(resumed).contains(PAUSE);
  }

  @Test
  void pauseThatCouldNotBeEndedIsEndedLater() {
    paused.add(PAUSE);
    resumption.begin();
    resumed.clear();

    letSecondsPass(1);

    assertThat(resumed).contains(PAUSE);
  }
}
