package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.NOW_MILLIS;
import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.PeekedMessage.State;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A look at the next messages of a subscriber. */
class PeekTest {
  private final OneTopic orders =
      new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 2));

  private List<String> peek(PeekFilter filter, int max) {
    return orders.topic().peek("ann", filter, max, NOW_MILLIS).messages().stream()
        .map(message -> message.state() + " " + message.delivery().payload().text())
        .toList();
  }

  @Test
  void peekShowsInFlightMessagesThenRedeliveriesThenQueuedOnesByPriority() {
    orders.publish("a", "1");
    assertThat(orders.send("ann")).containsExactly("1");
    orders.publish(message("c", "low", 1), message("d", "high", 0));
    assertThat(peek(PeekFilter.ALL, 9)).containsExactly("in flight 1", "queued high", "queued low");

    orders.worker("ann").redeliver();
    orders.commit();
    assertThat(peek(PeekFilter.ALL, 9)).containsExactly("redeliver 1", "queued high", "queued low");
    assertThat(peek(PeekFilter.ALL, 2)).hasSize(2);
    assertThat(orders.send("ann")).as("a look takes nothing").containsExactly("1", "high", "low");
  }

  @Test
  void filtersArePriorityKeyAndState() {
    orders.publish("a", "out");
    orders.send("ann");
    orders.publish(message("c", "low", 1), message("d", "high", 0));

    assertThat(peek(new PeekFilter(1, null, null), 9)).containsExactly("queued low");
    assertThat(peek(new PeekFilter(null, Bytes.utf8("d"), null), 9)).containsExactly("queued high");
    assertThat(peek(new PeekFilter(null, null, State.IN_FLIGHT), 9))
        .containsExactly("in flight out");
    assertThat(peek(new PeekFilter(1, Bytes.utf8("d"), null), 9)).isEmpty();
  }

  @Test
  void whatIsOutAndWasReplacedHasNoPayloadAnyMore() {
    orders.publish("k", "old");
    orders.send("ann");
    orders.publish("k", "new");

    List<PeekedMessage> seen = orders.topic().peek("ann", 9, NOW_MILLIS);
    assertThat(seen).extracting(PeekedMessage::replaced).containsExactly(true, false);
    assertThat(seen.get(0).delivery().payload().length()).isZero();
    assertThat(seen.get(1).delivery().payload().text()).isEqualTo("new");
  }

  private Peeked.End end(PeekFilter filter, int max) {
    return orders.topic().peek("ann", filter, max, NOW_MILLIS).end();
  }

  @Test
  void endIsNamed() {
    orders.publish(message("c", "low", 1), message("d", "high", 0));

    assertThat(end(PeekFilter.ALL, 3)).isEqualTo(Peeked.End.ALL);
    assertThat(end(PeekFilter.ALL, 2)).isEqualTo(Peeked.End.MAX);
    String large = "x".repeat((int) PeekFilter.PAYLOAD_BYTES_MAX);
    orders.publish(message("e", large, 1));
    assertThat(end(PeekFilter.ALL, 9)).as("all, and no more room").isEqualTo(Peeked.End.ALL);
    orders.publish(message("f", "late", 1));
    assertThat(end(PeekFilter.ALL, 9)).isEqualTo(Peeked.End.BYTES);
  }

  @Test
  void endAfterManyLooksIsNamed() {
    PeekFilter lastKey = new PeekFilter(null, Bytes.utf8("last"), null);
    PeekFilter out = new PeekFilter(null, null, State.IN_FLIGHT);
    for (int i = 0; i < lastKey.looksMax(); i++) {
      orders.publish(String.valueOf(i), "");
    }
    assertThat(end(lastKey, 9)).as("all were read").isEqualTo(Peeked.End.ALL);
    orders.publish("last", "");

    assertThat(end(lastKey, 9)).isEqualTo(Peeked.End.LOOKS);
    assertThat(end(out, 9)).as("all that are out").isEqualTo(Peeked.End.ALL);
  }

  @Test
  void whatHasExpiredIsNotShown() {
    Instant past = Instant.ofEpochMilli(NOW_MILLIS - 1);
    orders.publish(new Message(Bytes.utf8("k"), Bytes.utf8("expired"), past, 0));

    assertThat(peek(PeekFilter.ALL, 9)).isEmpty();
  }
}
