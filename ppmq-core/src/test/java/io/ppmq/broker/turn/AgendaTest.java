package io.ppmq.broker.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicSettings;
import org.junit.jupiter.api.Test;

/** The follow-up work of a turn. */
class AgendaTest {
  private final Store store = new MemoryStore(1, "nonce000");
  private final Topic orders =
      Topic.open(
          TopicSettings.retired("orders"),
          store.topic("orders"),
          count -> store.firstFreeId(),
          store.nonce(),
          new CommitBarrier());
  private final Agenda agenda = new Agenda();
  private final Agenda.Recipient ann = new Nobody();

  private static final class Nobody implements Agenda.Recipient {
    @Override
    public void dispatch(Turn turn) {}

    @Override
    public void dispatchAhead(Turn turn) {}

    @Override
    public void prepare() {}
  }

  @Test
  void workThatWasTakenIsNoLongerOnTheAgenda() {
    agenda.changed(orders);
    agenda.dispatch(ann);
    agenda.prepare(ann);

    assertThat(agenda.takeUnsaved()).containsExactly(orders);
    assertThat(agenda.takeReady()).containsExactly(orders);
    assertThat(agenda.takeEnds()).containsExactly(orders);
    assertThat(agenda.takeDispatches()).containsExactly(ann);
    assertThat(agenda.takePrepares()).containsExactly(ann);

    assertThat(agenda.takeUnsaved()).isEmpty();
    assertThat(agenda.takeReady()).isEmpty();
    assertThat(agenda.takeEnds()).isEmpty();
    assertThat(agenda.takeDispatches()).isEmpty();
    assertThat(agenda.takePrepares()).isEmpty();
  }

  @Test
  void whatIsWrittenWhileItIsTakenIsForTheNextTime() {
    agenda.dispatch(ann);

    for (Agenda.Recipient recipient : agenda.takeDispatches()) {
      agenda.dispatch(recipient);
    }

    assertThat(agenda.takeDispatches()).containsExactly(ann);
  }

  @Test
  void lookingWhomToDispatchToLeavesThemOnIt() {
    agenda.dispatch(ann);

    assertThat(agenda.toDispatch()).containsExactly(ann);
    assertThat(agenda.toDispatch()).containsExactly(ann);
  }

  @Test
  void savingWaitsForATurnAndDispatchingDoesNot() {
    agenda.save(orders);
    assertThat(agenda.isUrgent()).isFalse();

    agenda.dispatch(ann);

    assertThat(agenda.isUrgent()).isTrue();
  }

  @Test
  void itIsTimeToTrimOnceEnoughWasAcknowledgedOrPublished() {
    agenda.takeTrims();
    agenda.ended(orders);
    agenda.published(100);

    assertThat(agenda.isTimeToTrim(2, 101)).isFalse();
    assertThat(agenda.isTimeToTrim(1, 101)).isTrue();
    assertThat(agenda.isTimeToTrim(2, 100)).isTrue();
  }

  @Test
  void takingTheTrimsBeginsToCountAgain() {
    agenda.ended(orders);
    agenda.published(100);
    agenda.trimNow();

    assertThat(agenda.takeTrims()).containsExactly(orders);

    assertThat(agenda.hasTrims()).isFalse();
    assertThat(agenda.isTimeToTrim(1, 1)).isFalse();
  }
}
