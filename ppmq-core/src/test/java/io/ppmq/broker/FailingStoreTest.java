package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.FakeSubscriber.Manner;
import io.ppmq.message.Bytes;
import io.ppmq.topic.TopicSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A store whose commits and syncs fail. */
class FailingStoreTest extends AnnAndBob {
  @Test
  void nothingIsDeliveredOrConfirmedBeforeACommitThatFailsAtFirst() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    FakeSubscriber ann = broker.subscriber("ann");
    store.failCommits(5);
    HandDrivenBroker.Confirm first = broker.publish("t", "1");
    HandDrivenBroker.Confirm second = broker.publish("t", "2");
    broker.pass(Duration.ofMillis(500));
    assertThat(ann.takePayloads()).isEmpty();
    assertThat(first.outcome()).isNull();

    broker.pass(Duration.ofSeconds(2));
    assertThat(first.outcome()).isEqualTo("confirmed");
    assertThat(second.outcome()).isEqualTo("confirmed");
    assertThat(ann.takePayloads()).containsExactly("1", "2");
    assertThat(broker.told()).containsExactly("store failing", "store recovered");
  }

  @Test
  void whatIsHeldWhenTheBrokerStopsIsNotConfirmed() throws Exception {
    HandDrivenBroker broker = broker(topic("t", 0, "ann"));
    store.failCommits(Integer.MAX_VALUE);
    HandDrivenBroker.Confirm confirm = broker.publish("t", "1");
    broker.stop();

    assertThat(confirm.outcome()).isEqualTo("in-doubt");
  }

  /** The push that ended the message was the last operation on the topic. */
  @Test
  void whatIsAcknowledgedWhileItIsPushedGivesItsSpaceBack() throws Exception {
    HandDrivenBroker broker = broker(new TopicSettings("t", List.of("ann"), 0, true, 1, true));
    FakeSubscriber ann = broker.subscriber("ann");
    ann.be(Manner.STUCK);
    broker.publish("t", "k"); // k is its key as well
    broker.pass(Duration.ofSeconds(1));
    broker.acknowledge("t", "ann", List.of(Bytes.utf8("k")));
    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("t").priorities()).isNotEmpty();
    ann.releaseStuck();
    broker.pass(Duration.ofSeconds(1));
    assertThat(store.topic("t").priorities()).isEmpty();
  }
}
