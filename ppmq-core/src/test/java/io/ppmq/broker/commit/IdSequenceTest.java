package io.ppmq.broker.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.ForwardingStore;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ids that never occur twice. */
class IdSequenceTest {
  private final Store memory = new MemoryStore(1, "nonce000");
  private final List<Long> reservations = new ArrayList<>();
  private final Store store =
      new ForwardingStore(memory) {
        @Override
        public void reserveIds(long upTo) {
          reservations.add(upTo);
          super.reserveIds(upTo);
        }
      };

  @Test
  void idsFollowEachOtherWithOneReservationForMany() {
    IdSequence ids = new IdSequence(store);

    assertThat(ids.take(3)).isEqualTo(1);
    assertThat(ids.take(1)).isEqualTo(4);

    assertThat(ids.next()).isEqualTo(5);
    assertThat(reservations).hasSize(1);
  }

  @Test
  void theNextProcessBeginsAboveEverythingThatWasReserved() {
    new IdSequence(store).take(3);

    long first = new IdSequence(store).take(1);

    assertThat(first).isGreaterThanOrEqualTo(reservations.get(0));
  }

  @Test
  void moreThanAReservationHasIsReservedBeforeItIsTaken() {
    IdSequence ids = new IdSequence(store);
    ids.take(1);

    long first = ids.take(Integer.MAX_VALUE);

    assertThat(reservations).hasSize(2);
    assertThat(reservations.get(1)).isGreaterThanOrEqualTo(first + Integer.MAX_VALUE);
  }

  @Test
  void whatIsReservedBeforehandIsNotReservedAgain() {
    IdSequence ids = new IdSequence(store);

    ids.reserve(5);
    ids.take(5);

    assertThat(reservations).hasSize(1);
  }
}
