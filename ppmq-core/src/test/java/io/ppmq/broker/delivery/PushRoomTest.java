package io.ppmq.broker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import org.junit.jupiter.api.Test;

/** The division of the memory for batches that sockets have not taken. */
class PushRoomTest {
  private static final long MIB = 1 << 20;
  private static final Turn START = new Turn(0, 0);
  private static final Turn SECONDS_LATER = new Turn(2_000_000_000, 2_000);

  private final Agenda agenda = new Agenda();
  private final Timers timers = new Timers(0);
  private final PushRoom room = new PushRoom(agenda, timers);
  private final Worker worker = new Worker();
  private final Agenda.Recipient greedy = new Nobody();
  private final Agenda.Recipient modest = new Nobody();
  private final PushRoom.Share greedyShare = room.share(greedy);
  private final PushRoom.Share modestShare = room.share(modest);

  private static final class Nobody implements Agenda.Recipient {
    @Override
    public void dispatch(Turn turn) {}

    @Override
    public void dispatchAhead(Turn turn) {}

    @Override
    public void prepare() {}
  }

  /** A worker whose socket takes nothing. */
  private static final class Worker implements PushRoom.Holder {
    int asked;

    @Override
    public void endIfStuck() {
      asked++;
    }
  }

  @Test
  void oneBatchMayBeLargerThanAllOfTheRoomWhenItIsAlone() {
    assertThat(greedyShare.hasRoom(20 * MIB)).isTrue();
    greedyShare.took(20 * MIB, worker, START);
    assertThat(modestShare.hasRoom(1)).isFalse();
  }

  @Test
  void subscriberThatTakesNothingLeavesRoomForOthers() {
    int batches = 0;
    while (greedyShare.hasRoom(MIB)) {
      greedyShare.took(MIB, worker, START);
      batches++;
    }
    assertThat(batches).isEqualTo(4);
    assertThat(modestShare.hasRoom(MIB)).isTrue();
    modestShare.took(4 * MIB, worker, START);
    assertThat(modestShare.hasRoom(1)).isFalse();
  }

  @Test
  void whoeverWaitsHasItsTurnWhenThereIsRoom() {
    greedyShare.took(PushRoom.BYTES_MAX, worker, START);
    assertThat(modestShare.hasRoom(1)).isFalse();
    assertThat(agenda.takeDispatches()).isEmpty();
    greedyShare.gave(PushRoom.BYTES_MAX, worker);
    assertThat(agenda.takeDispatches()).containsExactly(modest);
  }

  @Test
  void socketThatTakesNothingIsGivenUpOnlyWhileOthersWait() {
    greedyShare.took(PushRoom.BYTES_MAX, worker, START);
    timers.run(SECONDS_LATER);
    assertThat(worker.asked).isZero();

    assertThat(modestShare.hasRoom(1)).isFalse();
    timers.run(new Turn(4_000_000_000L, 4_000));
    assertThat(worker.asked).isEqualTo(1);
  }

  @Test
  void subscriberThatWasGivenUpLeavesHalfOfTheRoom() {
    greedyShare.stuck();
    modestShare.took(3 * MIB, worker, START);
    assertThat(greedyShare.hasRoom(MIB)).isTrue();
    assertThat(greedyShare.hasRoom(MIB + 1)).isFalse();

    greedyShare.taken();
    assertThat(greedyShare.hasRoom(4 * MIB)).isTrue();
  }
}
