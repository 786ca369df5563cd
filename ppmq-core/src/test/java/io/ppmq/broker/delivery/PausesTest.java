package io.ppmq.broker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.Pause;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import org.junit.jupiter.api.Test;

/** Pauses, as the store remembers them. */
class PausesTest {
  private static final Pause TOPIC = new Pause("orders", null);
  private static final Pause PART = new Pause("orders", "ann");

  private final Store store = new MemoryStore(1, "nonce000");

  @Test
  void theyAreThereAgainAfterARestart() {
    new Pauses(store).add(PART);

    Pauses next = new Pauses(store);

    assertThat(next.all()).containsExactly(PART);
    assertThat(next.covers("orders", "ann")).isTrue();
    assertThat(next.covers("orders", "bob")).isFalse();
  }

  @Test
  void oneThatEndedIsGoneAfterARestart() {
    Pauses pauses = new Pauses(store);
    pauses.add(TOPIC);

    assertThat(pauses.remove(TOPIC)).isTrue();

    assertThat(new Pauses(store).all()).isEmpty();
  }

  @Test
  void whatTwoPausesCoverIsPausedUntilBothHaveEnded() {
    Pauses pauses = new Pauses(store);
    pauses.add(TOPIC);
    pauses.add(PART);

    pauses.remove(TOPIC);

    assertThat(pauses.covers("orders", "ann")).isTrue();
    assertThat(pauses.covers("orders", "bob")).isFalse();
  }

  @Test
  void itSaysWhetherAnythingChanges() {
    Pauses pauses = new Pauses(store);

    assertThat(pauses.remove(TOPIC)).isFalse();
    assertThat(pauses.add(TOPIC)).isTrue();
    assertThat(pauses.add(TOPIC)).isFalse();
  }

  @Test
  void marksOfOtherThingsAreNoPauses() {
    store.mark("something else");

    assertThat(new Pauses(store).all()).isEmpty();
  }
}
