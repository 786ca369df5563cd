package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The number of messages ahead of a cursor. */
class LogReaderTest {
  private static final BatchLimits ONE = new BatchLimits(1, 1 << 20);

  private final OneTopic orders =
      new OneTopic(new MemoryStore(1, "nonce000"), OneTopic.settings(true, 1));

  private void sendOne(String key) {
    orders.chosen("ann", ONE, delivery -> delivery);
    orders.pushed("ann");
    orders.acknowledge("ann", key);
  }

  @Test
  void backlogIsExactWhenMessagesAheadAreReplacedOrExpireOrAreDeleted() {
    Instant soon = Instant.ofEpochMilli(OneTopic.NOW_MILLIS + 1);
    orders.publish(message("a", "1", 0), message("b", "2", 0), message("c", "3", 0));
    orders.publish(new Message(Bytes.utf8("d"), Bytes.utf8("4"), soon, 0));
    orders.publish("b", "5");
    assertThat(orders.stats("ann").backlog()).isEqualTo(4);

    orders.expire(soon);
    assertThat(orders.stats("ann").backlog()).isEqualTo(3);
    orders.topic().delete(Bytes.utf8("c"));
    orders.commit();
    assertThat(orders.stats("ann").backlog()).isEqualTo(2);
    sendOne("a");
    sendOne("b");
    assertThat(orders.stats("ann").backlog()).isZero();
  }

  @Test
  void cursorIsWhereItWasAfterARestart() {
    orders.publish("a", "1");
    orders.publish("b", "2");
    orders.publish("c", "3");
    sendOne("a");
    orders.crash(OneTopic.settings(true, 1));

    assertThat(orders.stats("ann").backlog()).isEqualTo(2);
    assertThat(orders.send("ann")).containsExactly("2", "3");
  }

  @Test
  void subscriberThatIsAddedBeginsWithWhatIsPublishedFromThenOn() {
    orders.publish("a", "1");
    orders.topic().apply(OneTopic.settings(java.util.List.of("ann", "bob"), true, 1));
    orders.commit();
    orders.publish("b", "2");

    assertThat(orders.send("bob")).containsExactly("2");
    assertThat(orders.send("ann")).containsExactly("1", "2");
  }
}
