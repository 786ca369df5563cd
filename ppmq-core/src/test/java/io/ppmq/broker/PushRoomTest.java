package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How the memory of batches that sockets have not taken is divided. */
class PushRoomTest {
  private static final long MIB = 1 << 20;

  private final Agenda agenda = new Agenda();
  private final PushRoom room = new PushRoom(agenda);
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

  @Test
  void oneBatchMayBeLargerThanAllOfTheRoomWhenItIsAlone() {
    assertThat(greedyShare.hasRoom(20 * MIB)).isTrue();
    greedyShare.took(20 * MIB);
    assertThat(modestShare.hasRoom(1)).isFalse();
  }

  @Test
  void subscriberThatTakesNothingLeavesRoomForOthers() {
    int batches = 0;
    while (greedyShare.hasRoom(MIB)) {
      greedyShare.took(MIB);
      batches++;
    }
    assertThat(batches).isEqualTo(4);
    assertThat(modestShare.hasRoom(MIB)).isTrue();
    modestShare.took(4 * MIB);
    assertThat(modestShare.hasRoom(1)).isFalse();
  }

  @Test
  void whoeverWaitsHasItsTurnWhenThereIsRoom() {
    greedyShare.took(PushRoom.BYTES_MAX);
    assertThat(modestShare.hasRoom(1)).isFalse();
    assertThat(agenda.takeDispatches()).isEmpty();
    greedyShare.gave(PushRoom.BYTES_MAX);
    assertThat(agenda.takeDispatches()).containsExactly(modest);
  }
}
