package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Warnings of backlogs that no subscriber works off. */
class BacklogWatchTest {
  private static final Duration LOOK = Duration.ofSeconds(61);

  private final FlakyStore store = new FlakyStore(new MemoryStore(1, "nonce000"));

  private HandDrivenBroker broker() throws InterruptedException {
    TopicSettings topic = new TopicSettings("t", List.of("ann"), 0, false, 1, true);
    SubscriberSettings ann = new SubscriberSettings("ann", new BatchLimits(1, 1 << 20));
    return new HandDrivenBroker(
        store, new BrokerSettings(List.of(topic), List.of(ann), SyncPolicy.ALWAYS));
  }

  @Test
  void backlogThatTakesATenthOfTheDiskIsWarnedOfOnceAndAgainWhenItHasDoubled() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3");
    store.beOnDisk(1000, 99);
    broker.pass(LOOK);
    assertThat(broker.told()).isEmpty();

    store.beOnDisk(1000, 120);
    broker.pass(LOOK.multipliedBy(3));
    assertThat(broker.told()).containsExactly("disk t ann 12 %");

    store.beOnDisk(1000, 240);
    broker.pass(LOOK);
    assertThat(broker.told()).containsExactly("disk t ann 12 %", "disk t ann 24 %");
  }

  @Test
  void backlogWithoutADiskIsNotWarnedOf() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3");
    broker.pass(LOOK.multipliedBy(3));
    assertThat(broker.told()).isEmpty();
  }

  @Test
  void backlogOfAnHourIsWarnedOf() throws Exception {
    HandDrivenBroker broker = broker();
    broker.publish("t", "1", "2", "3");
    broker.pass(Duration.ofMinutes(59));
    assertThat(broker.told()).isEmpty();

    broker.pass(Duration.ofMinutes(3));
    assertThat(broker.told()).containsExactly("backlog t ann 2");
  }
}
