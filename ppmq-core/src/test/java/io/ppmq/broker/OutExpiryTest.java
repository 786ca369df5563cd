package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that expire while they are out. */
class OutExpiryTest extends AnnAndBob {
  private static Message expiring(HandDrivenBroker broker, String payload, int inMillis) {
    Instant expires = Instant.ofEpochMilli(broker.wallMillis() + inMillis);
    return new Message(Bytes.utf8("k"), Bytes.utf8(payload), expires, 0);
  }

  private static void publish(HandDrivenBroker broker, Message message)
      throws InterruptedException {
    broker.submit(new Command.Publish("t", List.of(message)));
  }

  @Test
  void replacedMessageThatExpiresWhileItIsOutHoldsNothingBack() throws Exception {
    HandDrivenBroker broker = broker(new TopicSettings("t", List.of("ann"), 0, true, 1, true));
    FakeSubscriber ann = broker.subscriber("ann");
    publish(broker, expiring(broker, "1", 1000));
    publish(broker, expiring(broker, "2", 60_000));
    assertThat(ann.takePayloads()).containsExactly("1");

    broker.pass(Duration.ofMillis(990));
    assertThat(ann.takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(20));
    broker.acknowledgeLast("t", "ann");
    assertThat(ann.takePayloads()).containsExactly("2");
    assertThat(broker.kept("t")).isEmpty();
  }

  @Test
  void evictedMessageThatExpiresWhileItIsOutHoldsNothingBack() throws Exception {
    TopicLimits one = new TopicLimits(1, 0, WhenFull.DROP_OLDEST, 0, null, 0, false);
    for (boolean dedupe : List.of(false, true)) {
      HandDrivenBroker broker =
          broker(new TopicSettings("t", List.of("ann"), 0, dedupe, 1, true, one));
      FakeSubscriber ann = broker.subscriber("ann");
      publish(broker, expiring(broker, "1", 1000));
      broker.publish("t", "2");
      assertThat(ann.takePayloads()).containsExactly("1");

      broker.pass(Duration.ofMillis(990));
      assertThat(ann.takePayloads()).isEmpty();
      broker.pass(Duration.ofMillis(20));
      broker.acknowledgeLast("t", "ann");
      assertThat(ann.takePayloads()).as("with dedupe: " + dedupe).containsExactly("2");
      broker.stop();
    }
  }
}
