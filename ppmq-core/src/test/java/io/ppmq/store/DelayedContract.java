package io.ppmq.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The behaviour of {@link DelayedMessages} in every store, sentence by sentence of its Javadoc. */
public abstract class DelayedContract {
  private static final long EVERYTHING = Long.MAX_VALUE;

  protected Store store;
  protected DelayedMessages delayed;

  /** A new, empty store. */
  protected abstract Store open();

  @BeforeEach
  void openStore() {
    store = open();
    delayed = store.topic("later").delayed();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void newTopicHasNothingDelayed() {
    assertThat(delayed.due(EVERYTHING, 10, EVERYTHING)).isEmpty();
    assertThat(delayed.from(0, 0, 10, EVERYTHING)).isEmpty();
    assertThat(delayed.delays()).isEqualTo(Delays.NONE);
    delayed.clear();
    assertThat(store.topics()).isEmpty();
  }

  @Test
  void messageReadsAsItWasAdded() {
    DelayedMessage message =
        new DelayedMessage(5_000, 7, 3, 4_000, Instant.parse("2040-01-02T03:04:05.6Z"), text("a"));
    delayed.add(message);
    store.commit();
    assertThat(delayed.due(5_000, 10, EVERYTHING)).containsExactly(message);
    assertThat(store.topics()).containsExactly("later");
  }

  @Test
  void messagesAreDueInTheOrderOfTheirMomentsThenOfTheirIds() {
    add(300, 1);
    add(100, 4);
    add(200, 2);
    add(100, 3);
    store.commit();
    assertThat(delayed.due(99, 10, EVERYTHING)).isEmpty();
    assertThat(due(200)).containsExactly(3L, 4L, 2L);
    assertThat(due(1000)).containsExactly(3L, 4L, 2L, 1L);
  }

  @Test
  void momentsBeforeTheEpochComeFirst() {
    add(1, 1);
    add(-1, 2);
    store.commit();
    assertThat(due(1)).containsExactly(2L, 1L);
  }

  @Test
  void dueEndsAtItsBounds() {
    add(100, 1);
    add(101, 2);
    add(102, 3);
    store.commit();
    assertThat(ids(delayed.due(1000, 2, EVERYTHING))).containsExactly(1L, 2L);
    assertThat(ids(delayed.due(1000, 10, 1))).containsExactly(1L);
    assertThat(ids(delayed.due(1000, 10, 4))).containsExactly(1L, 2L);
  }

  @Test
  void messagesAreReadFromAMomentAndAnIdOn() {
    add(100, 1);
    add(100, 2);
    add(200, 3);
    store.commit();
    assertThat(ids(delayed.from(100, 2, 10, EVERYTHING))).containsExactly(2L, 3L);
    assertThat(ids(delayed.from(101, 0, 10, EVERYTHING))).containsExactly(3L);
    assertThat(ids(delayed.from(0, 0, 2, EVERYTHING))).containsExactly(1L, 2L);
    assertThat(ids(delayed.from(0, 0, 10, 1))).containsExactly(1L);
    assertThat(ids(delayed.from(Long.MIN_VALUE, 0, 10, EVERYTHING))).hasSize(3);
    assertThat(delayed.from(201, 0, 10, EVERYTHING)).isEmpty();
  }

  @Test
  void removedMessageIsNotToldOfBeforeTheCommitNorAfter() {
    add(100, 1);
    add(200, 2);
    store.commit();
    delayed.remove(delayed.due(100, 1, EVERYTHING).get(0));
    assertThat(due(1000)).containsExactly(2L);
    assertThat(ids(delayed.from(0, 0, 10, EVERYTHING))).containsExactly(2L);
    store.commit();
    assertThat(due(1000)).containsExactly(2L);
  }

  @Test
  void delaysCountWhatTheCommitBeingCollectedChanges() {
    add(300, 1);
    add(200, 2);
    assertThat(delayed.delays()).isEqualTo(new Delays(2, 6, 200));
    store.commit();
    assertThat(delayed.delays()).isEqualTo(new Delays(2, 6, 200));
    delayed.remove(delayed.due(200, 1, EVERYTHING).get(0));
    assertThat(delayed.delays().messages()).isEqualTo(1);
    assertThat(delayed.delays().bytes()).isEqualTo(3);
    store.commit();
    due(200);
    assertThat(delayed.delays().nextMillis()).isEqualTo(300);
  }

  @Test
  void nextMomentIsNeverLaterThanTheTruth() {
    add(300, 1);
    store.commit();
    due(299);
    add(250, 2);
    assertThat(delayed.delays().nextMillis()).isEqualTo(250);
    due(260); // does not need to see uncommitted messages
    assertThat(delayed.delays().nextMillis()).isEqualTo(250);
    store.commit();
    assertThat(due(260)).containsExactly(2L);
  }

  @Test
  void messageWithAnEarlierMomentThanAllThatWereRemovedIsFound() {
    add(500, 1);
    store.commit();
    removeDue(500);
    store.commit();
    due(600);
    add(100, 2); // the wall clock was set back
    store.commit();
    assertThat(due(100)).containsExactly(2L);
    assertThat(ids(delayed.from(0, 0, 10, EVERYTHING))).containsExactly(2L);
  }

  @Test
  void clearRemovesWhatIsCommittedAndWhatIsNot() {
    add(100, 1);
    store.commit();
    add(200, 2);
    delayed.clear();
    assertThat(delayed.delays()).isEqualTo(Delays.NONE);
    assertThat(due(1000)).isEmpty();
    assertThat(delayed.from(0, 0, 10, EVERYTHING)).isEmpty();
    add(300, 3);
    store.commit();
    assertThat(due(1000)).containsExactly(3L);
    assertThat(delayed.delays()).isEqualTo(new Delays(1, 3, 300));
  }

  @Test
  void topicsAreApart() {
    add(100, 1);
    DelayedMessages other = store.topic("other").delayed();
    other.add(message(50, 2));
    store.commit();
    other.clear();
    store.commit();
    assertThat(due(1000)).containsExactly(1L);
    assertThat(other.due(1000, 10, EVERYTHING)).isEmpty();
  }

  @Test
  void addingMakesTheStoreDirty() {
    add(100, 1);
    assertThat(store.isDirty()).isTrue();
    store.commit();
    assertThat(store.isDirty()).isFalse();
  }

  protected final void add(long atMillis, long id) {
    delayed.add(message(atMillis, id));
  }

  protected final List<Long> due(long nowMillis) {
    return ids(delayed.due(nowMillis, 1000, EVERYTHING));
  }

  protected final void removeDue(long nowMillis) {
    delayed.due(nowMillis, 1000, EVERYTHING).forEach(delayed::remove);
  }

  private static List<Long> ids(List<DelayedMessage> messages) {
    return messages.stream().map(DelayedMessage::id).toList();
  }

  private static DelayedMessage message(long atMillis, long id) {
    return new DelayedMessage(atMillis, id, 0, 1, null, text(""));
  }

  private static Bytes text(String more) {
    return Bytes.utf8("\"" + more + "1\"");
  }
}
