package io.ppmq.broker;

import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.List;

/** Tests of a broker driven by hand, whose subscribers ann and bob get batches of two. */
public abstract class AnnAndBob {
  static final BatchLimits PAIRS = new BatchLimits(2, 1 << 20);

  public final FlakyStore store = new FlakyStore(new MemoryStore(1, "nonce000"));

  protected static TopicSettings topic(String name, long ackRetryMillis, String... subscribers) {
    return new TopicSettings(name, List.of(subscribers), ackRetryMillis, false, 1, true);
  }

  protected HandDrivenBroker broker(TopicSettings... topics) throws InterruptedException {
    List<SubscriberSettings> subscribers =
        List.of(new SubscriberSettings("ann", PAIRS), new SubscriberSettings("bob", PAIRS));
    return new HandDrivenBroker(
        store, new BrokerSettings(List.of(topics), subscribers, SyncPolicy.ALWAYS));
  }
}
