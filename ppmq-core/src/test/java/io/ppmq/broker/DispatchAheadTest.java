package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batches that go out before the commit of the turn. */
class DispatchAheadTest extends AnnAndBob {
  @Test
  void oneCommitKeepsAnAcknowledgementAndTheBatchThatFollowsIt() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    broker.publish("t", "1", "2", "3", "4");
    int before = store.commits();
    broker.acknowledgeLast("t", "ann");

    assertThat(broker.subscriber("ann").takePayloads()).containsExactly("1", "2", "3", "4");
    assertThat(store.commits()).isEqualTo(before + 1);
  }

  @Test
  void batchAheadOfTheCommitWaitsForWhatThatAddsInAHigherPriority() throws Exception {
    HandDrivenBroker broker =
        broker(new TopicSettings("t", List.of("ann"), 0, false, 2, true, TopicLimits.NONE));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.submit(publishing(1, "1", "2", "3", "4"));
    List<Bytes> keys = ann.keysOfLast("t");
    ann.takePayloads();
    broker.submitApart(List.of(publishing(0, "first"), new Command.Acknowledge("t", "ann", keys)));

    assertThat(ann.takePayloads()).containsExactly("first", "3");
  }

  private static Command publishing(int priority, String... payloads) {
    List<Message> messages = new ArrayList<>();
    for (String payload : payloads) {
      messages.add(new Message(null, Bytes.utf8(payload), null, priority));
    }
    return new Command.Publish("t", messages);
  }
}
