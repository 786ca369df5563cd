package io.ppmq.sim;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The room in a topic, as the simulation expects it. */
class BoundsTest {
  private static final TopicSettings TOPIC =
      new TopicSettings(
          "t",
          List.of("s"),
          0,
          false,
          1,
          false,
          new TopicLimits(0, 40, WhenFull.BLOCK, 0, null, 0, false));

  private final Ledger ledger = new Ledger(new SimClock(0), new MemoryDisk(new Random(1)));
  private final Bounds bounds = new Bounds(ledger, new Delays(ledger, new DeliveryCheck(ledger)));

  private Published published(Bytes key, String payload) {
    Message message = new Message(key, Bytes.utf8(payload), null, 0);
    Published published =
        new Published(ledger.nextNumber(), "t", message, new Submitted(false, false, () -> {}));
    ledger.handedIn(published);
    return published;
  }

  private void bury(String payload) {
    Published letter = published(Bytes.utf8("100006"), payload);
    letter.queued = true;
    letter.keyed = true;
    ledger.versionsOf(letter).add(letter);
    ledger.queue("t", "s").add(new Item(letter, 0, 0));
  }

  @Test
  void keyOfDeadLetterTakesNoRoom() {
    ledger.configure(Map.of("t", TOPIC), Map.of("s", new BatchLimits(1, 1)), Set.of());
    bury("{\"thirty bytes of a letter\":1}");
    List<Published> ten = List.of(published(Bytes.utf8("k"), "\"1.xxxxxx\""));
    List<Published> eleven = List.of(published(Bytes.utf8("k"), "\"1.xxxxxxx\""));

    assertThatCode(() -> bounds.admit(TOPIC, ten)).doesNotThrowAnyException();
    assertThatThrownBy(() -> bounds.admit(TOPIC, eleven)).isInstanceOf(Violation.class);
  }
}
