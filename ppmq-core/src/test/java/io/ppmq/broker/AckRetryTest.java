package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that are not acknowledged within AckRetry. */
class AckRetryTest extends AnnAndBob {
  @Test
  void deadlineThatPassesLeavesTheOthersAlone() throws Exception {
    HandDrivenBroker broker = broker(topic("fast", 100, "ann", "bob"), topic("slow", 1000, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    FakeSubscriber bob = broker.subscriber("bob");
    broker.publish("slow", "s");
    broker.publish("fast", "f");
    broker.acknowledgeLast("fast", "bob");
    assertThat(ann.takePayloads()).containsExactly("s", "f");
    assertThat(bob.takePayloads()).containsExactly("f");

    broker.pass(Duration.ofMillis(150));
    assertThat(ann.takePayloads()).containsExactly("f");
    broker.acknowledge("fast", "ann", List.of());
    broker.pass(Duration.ofMillis(800));
    assertThat(ann.takePayloads()).containsOnly("f");
    broker.pass(Duration.ofMillis(100));
    assertThat(ann.takePayloads()).contains("s");
    assertThat(bob.takePayloads()).isEmpty();
  }

  @Test
  void onlyWhatIsNotAcknowledgedOfABatchIsSentAgain() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 100, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1", "2", "3");
    broker.acknowledge("t", "ann", ann.keysOfLast("t").subList(0, 1));
    ann.takePayloads();

    broker.pass(Duration.ofMillis(99));
    assertThat(ann.takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(2));
    assertThat(ann.takePayloads()).containsExactly("2", "3");
  }

  @Test
  void deadlineOfABatchThatWasAcknowledgedDoesNotHitTheNext() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 100, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1");
    broker.pass(Duration.ofMillis(90));
    broker.acknowledgeLast("t", "ann");
    broker.publish("t", "2");
    assertThat(ann.takePayloads()).containsExactly("1", "2");

    broker.pass(Duration.ofMillis(90));
    assertThat(ann.takePayloads()).isEmpty();
    broker.pass(Duration.ofMillis(20));
    assertThat(ann.takePayloads()).containsExactly("2");
  }

  @Test
  void ackRetryOfZeroWaitsForEver() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1", "2", "3");
    assertThat(ann.takePayloads()).containsExactly("1", "2");

    broker.pass(Duration.ofDays(2));
    assertThat(ann.takePayloads()).isEmpty();
  }

  @Test
  void deadlinesDoNotJumpWithTheWallClock() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 1000, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    broker.publish("t", "1");
    ann.takePayloads();

    broker.moveWallClock(Duration.ofDays(1));
    broker.pass(Duration.ofMillis(900));
    assertThat(ann.takePayloads()).isEmpty();
    broker.moveWallClock(Duration.ofDays(-2));
    broker.pass(Duration.ofMillis(200));
    assertThat(ann.takePayloads()).containsExactly("1");
  }
}
