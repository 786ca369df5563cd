package io.ppmq.topic;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The ages of messages at their delivery and acknowledgement. */
final class AgesTest {
  private static final long NOW = OneTopic.NOW_MILLIS;
  private static final TopicSettings SETTINGS = OneTopic.settings(List.of("ann", "bob"), true, 1);

  private final OneTopic orders = new OneTopic(new MemoryStore(1), SETTINGS);
  private final OneWorker ann = orders.worker("ann");

  private List<Bytes> choose() {
    Batch batch = ann.choose(OneTopic.BATCH, NOW + 1);
    orders.commit();
    return batch == null ? List.of() : batch.deliveries().stream().map(Delivery::key).toList();
  }

  private AgeCounts deliveries() {
    return orders.topic().stats().deliveries();
  }

  private AgeCounts acknowledgements() {
    return orders.topic().stats().acknowledgements();
  }

  /** The number of messages no older than this bound. */
  private static long within(AgeCounts counts, long millis) {
    List<Long> cumulative = counts.cumulative();
    return cumulative.isEmpty() ? 0 : cumulative.get(AgeCounts.BOUNDS_MILLIS.indexOf(millis));
  }

  private static long all(AgeCounts counts) {
    List<Long> cumulative = counts.cumulative();
    return cumulative.isEmpty() ? 0 : cumulative.get(cumulative.size() - 1);
  }

  @Test
  void nothingIsCountedBeforeAnythingHappens() {
    orders.publish("a", "1");
    choose();

    assertThat(deliveries().cumulative()).isEmpty();
    assertThat(acknowledgements().cumulative()).isEmpty();
  }

  @Test
  void ageIsCountedWhenTheFirstPushIsDoneAndWhenItIsAcknowledged() {
    orders.publish("a", "1");
    List<Bytes> keys = choose();
    ann.pushed(0, NOW + 25);
    ann.acknowledge(keys, NOW + 26);

    assertThat(within(deliveries(), 5)).isZero();
    assertThat(within(deliveries(), 25)).isEqualTo(1);
    assertThat(within(acknowledgements(), 25)).isZero();
    assertThat(within(acknowledgements(), 100)).isEqualTo(1);
    assertThat(acknowledgements().sumMillis()).isEqualTo(26);
  }

  @Test
  void secondPushIsNoDelivery() {
    orders.publish("a", "1");
    choose();
    ann.pushed(0, NOW + 2);
    ann.redeliver();
    List<Bytes> keys = choose();
    ann.pushed(0, NOW + 3000);
    ann.acknowledge(keys, NOW + 3000);

    assertThat(all(deliveries())).isEqualTo(1);
    assertThat(deliveries().sumMillis()).isEqualTo(2);
    assertThat(acknowledgements().sumMillis()).isEqualTo(3000);
  }

  @Test
  void eachSubscriberCounts() {
    orders.publish("a", "1");
    choose();
    ann.pushed(0, NOW + 2);
    orders.send("bob");

    assertThat(all(deliveries())).isEqualTo(2);
  }

  @Test
  void clockThatWasSetBackMakesNoAge() {
    orders.publish("a", "1");
    List<Bytes> keys = choose();
    ann.pushed(0, NOW - 5000);
    ann.acknowledge(keys, NOW - 5000);

    assertThat(within(deliveries(), 1)).isEqualTo(1);
    assertThat(acknowledgements().sumMillis()).isZero();
  }

  @Test
  void whatIsOlderThanAllBoundsIsCountedAtTheEnd() {
    orders.publish("a", "1");
    choose();
    ann.pushed(0, NOW + 100_000_000_000L);

    assertThat(within(deliveries(), 86_400_000L)).isZero();
    assertThat(all(deliveries())).isEqualTo(1);
  }

  @Test
  void acknowledgementThatOvertakesTheEndOfThePushCountsBoth() {
    orders.publish(OneTopic.message(null, "1", 0));
    List<Bytes> keys = choose();
    ann.acknowledge(keys, NOW + 4);
    ann.pushed(0, NOW + 5);

    assertThat(all(deliveries())).isEqualTo(1);
    assertThat(all(acknowledgements())).isEqualTo(1);
    assertThat(acknowledgements().sumMillis()).isEqualTo(4);
  }

  @Test
  void whatIsSentAgainAfterARestartIsAsOldAsItIs() {
    orders.publish("a", "1");
    choose();
    ann.pushed(0, NOW + 1);
    orders.restart(SETTINGS);
    OneWorker again = orders.worker("ann");
    Batch batch = requireNonNull(again.choose(OneTopic.BATCH, NOW + 50));
    again.pushed(0, NOW + 50);
    again.acknowledge(batch.deliveries().stream().map(Delivery::key).toList(), NOW + 60);

    assertThat(acknowledgements().sumMillis()).isEqualTo(60);
  }
}
