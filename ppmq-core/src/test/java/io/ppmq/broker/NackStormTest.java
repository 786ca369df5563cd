package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A subscriber that nacks every message. */
class NackStormTest {
  private static final int NACKED_MAX = 10_000;
  private static final int MESSAGES = NACKED_MAX + 1_500;
  private static final BatchLimits LIMITS = new BatchLimits(700, 1 << 20);

  private final MemoryStore store = new MemoryStore(1, "nonce000");
  private HandDrivenBroker broker;

  @BeforeEach
  void publishMoreThanMayBeNacked() throws Exception {
    broker =
        new HandDrivenBroker(
            store,
            new BrokerSettings(
                List.of(new TopicSettings("t", List.of("ann", "bob"), 0, false, 1, false)),
                List.of(
                    new SubscriberSettings("ann", LIMITS), new SubscriberSettings("bob", LIMITS)),
                SyncPolicy.ALWAYS));
    broker.publish("t", IntStream.range(0, MESSAGES).mapToObj(i -> "m" + i).toArray(String[]::new));
  }

  @AfterEach
  void stop() {
    broker.stop();
    store.close();
  }

  @Test
  void noMoreThanTenThousandWaitAndAllComeBackInTheirOrder() throws Exception {
    assertThat(takeAll("ann", 60_000)).isEqualTo(payloads(NACKED_MAX));
    QueueStats ann = broker.ask(Administration::stats).topics().get(0).queues().get(0);
    assertThat(ann.nacked()).isEqualTo(NACKED_MAX);
    assertThat(ann.inFlight()).isZero();
    assertThat(ann.backlog()).isEqualTo(MESSAGES - NACKED_MAX);

    assertThat(takeAll("bob", null)).isEqualTo(payloads(MESSAGES)); // bob is not held up

    broker.pass(Duration.ofSeconds(59));
    assertThat(broker.subscriber("ann").takePayloads()).isEmpty();
    broker.pass(Duration.ofSeconds(2));
    assertThat(takeAll("ann", null)).isEqualTo(payloads(MESSAGES));
  }

  @Test
  void roomForOneIsRoomForTheNext() throws Exception {
    takeAll("ann", 60_000);
    broker.pass(Duration.ofSeconds(61));
    FakeSubscriber ann = broker.subscriber("ann");

    List<Bytes> keys = ann.keysOfLast("t");
    ann.takePayloads();
    broker.acknowledge("t", "ann", keys.subList(0, 1));
    broker.submit(nack("ann", keys.subList(1, keys.size()), 3_600_000));
    takeAll("ann", 3_600_000);

    QueueStats stats = broker.ask(Administration::stats).topics().get(0).queues().get(0);
    assertThat(stats.nacked()).isEqualTo(NACKED_MAX);
    assertThat(stats.backlog()).isEqualTo(MESSAGES - NACKED_MAX - 1);
  }

  private static List<String> payloads(int count) {
    return IntStream.range(0, count).mapToObj(i -> "m" + i).toList();
  }

  /**
   * Takes batches until none comes, and nacks each of them, or acknowledges it if {@code nack} is
   * null.
   */
  private List<String> takeAll(String name, @Nullable Integer retryAfterMillis) throws Exception {
    FakeSubscriber subscriber = broker.subscriber(name);
    List<String> taken = new ArrayList<>();
    while (!subscriber.read.isEmpty()) {
      List<Bytes> keys = subscriber.keysOfLast("t");
      taken.addAll(subscriber.takePayloads());
      if (retryAfterMillis == null) {
        broker.acknowledge("t", name, keys);
      } else {
        broker.submit(nack(name, keys, retryAfterMillis));
      }
    }
    return taken;
  }

  private static Command nack(String name, List<Bytes> keys, int retryAfterMillis) {
    return new Command.Nack("t", name, keys, retryAfterMillis, "not now");
  }
}
