package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.NOW_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Delayed messages of a topic: they are in no queue until they are due. */
class DelayingTest {
  private final OneTopic orders =
      new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(false, 2));
  private final Delaying delaying = orders.topic().delaying();

  private void publish(String payload, long delayMillis, int priority) {
    orders.publish(
        new Message(null, Bytes.utf8(payload), null, priority, new Delay(true, delayMillis)));
  }

  private List<String> due(long atMillis) {
    return delaying.due(atMillis, 10, 1 << 20).stream()
        .map(message -> message.payload().text())
        .toList();
  }

  @Test
  void messagesComeDueInTheOrderOfTheirMomentsAndNotBefore() {
    publish("late", 2000, 0);
    publish("soon", 1000, 0);
    publish("soon too", 1000, 0);

    assertThat(orders.send("ann")).isEmpty();
    assertThat(delaying.delays().nextMillis()).isEqualTo(NOW_MILLIS + 1000);
    assertThat(due(NOW_MILLIS + 999)).isEmpty();
    assertThat(due(NOW_MILLIS + 1000)).containsExactly("soon", "soon too");
    assertThat(due(NOW_MILLIS + 2000)).containsExactly("soon", "soon too", "late");
  }

  @Test
  void whatComesDueIsQueuedAndNotDelayedAnyMore() {
    publish("soon", 1000, 1);
    for (DelayedMessage message : delaying.due(NOW_MILLIS + 1000, 10, 1 << 20)) {
      delaying.comeDue(message, NOW_MILLIS + 1000);
    }
    orders.commit();

    assertThat(delaying.delays().messages()).isZero();
    assertThat(orders.send("ann")).containsExactly("soon");
  }

  @Test
  void lookShowsWhatTheFilterTakesAndChangesNothing() {
    publish("low", 1000, 1);
    publish("high", 2000, 0);

    assertThat(delaying.peek(new PeekFilter(0, null, null), 10).messages())
        .extracting(message -> message.delivery().payload().text())
        .containsExactly("high");
    assertThat(delaying.peek(PeekFilter.ALL, 1).messages())
        .extracting(PeekedMessage::dueAtMillis)
        .containsExactly(NOW_MILLIS + 1000);
    assertThat(delaying.delays().messages()).isEqualTo(2);
  }

  @Test
  void endOfALookIsNamed() {
    publish("one", 1000, 0);
    publish("two", 1000, 0);

    assertThat(delaying.peek(PeekFilter.ALL, 3).end()).isEqualTo(Peeked.End.ALL);
    assertThat(delaying.peek(PeekFilter.ALL, 1).end()).isEqualTo(Peeked.End.MAX);
  }

  @Test
  void messageIsDeletedUnderTheKeyThatALookShows() {
    publish("one", 1000, 0);
    publish("two", 1000, 0);
    Bytes key = delaying.peek(PeekFilter.ALL, 10).messages().get(0).delivery().key();

    assertThat(orders.topic().delete(key)).isTrue();
    orders.commit();
    assertThat(orders.topic().delete(key)).isFalse();
    assertThat(due(NOW_MILLIS + 1000)).containsExactly("two");
  }
}
