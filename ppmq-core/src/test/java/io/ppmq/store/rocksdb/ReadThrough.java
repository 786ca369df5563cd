package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Ids;
import io.ppmq.topic.OneWorker;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A directory written and read as by a broker: a plain topic with two priorities, and one with
 * dedupe, both acknowledged in part. The number of writes determines which messages are to be
 * delivered.
 */
final class ReadThrough {
  private static final int KEYS = 700;
  private static final int PAYLOAD_BYTES = 200;

  /** More turns than the largest of these topics needs. */
  private static final int IN_VAIN_MAX = 1000;

  private static final BatchLimits LIMITS = new BatchLimits(100, 1 << 20);
  private static final Bytes FILLER = Bytes.utf8("x".repeat(PAYLOAD_BYTES));

  /** The messages to be delivered of one topic: by payload, and their order within a priority. */
  private final Map<String, Integer> plain = new TreeMap<>();

  private final Map<String, String> keyed = new TreeMap<>();

  private ReadThrough() {}

  static TopicSettings settings(String name) {
    boolean dedupe = name.equals("keyed");
    return new TopicSettings(name, List.of("s"), 0, dedupe, dedupe ? 1 : 2, false);
  }

  /**
   * Writes a directory by {@code lives} lives of a store: each except the last leaves tables and a
   * log.
   */
  static ReadThrough write(Path directory, int lives, int commits) {
    ReadThrough written = new ReadThrough();
    for (int life = 0; life < lives; life++) {
      try (RocksStore store = RocksStore.open(directory, 1, warning -> {})) {
        Ids ids = ids(store);
        Topic plain =
            Topic.open(
                settings("plain"), store.topic("plain"), ids, store.nonce(), new CommitBarrier());
        Topic keyed =
            Topic.open(
                settings("keyed"), store.topic("keyed"), ids, store.nonce(), new CommitBarrier());
        for (int n = life * commits; n < (life + 1) * commits; n++) {
          written.publish(plain, keyed, n);
          plain.flush();
          keyed.flush();
          store.commit();
        }
        written.acknowledge(plain);
        plain.trim();
        plain.flush();
        store.commit();
        store.sync();
      }
    }
    return written;
  }

  private static Ids ids(RocksStore store) {
    long[] next = {store.firstFreeId()};
    store.reserveIds(next[0] + 10_000_000);
    return count -> {
      long first = next[0];
      next[0] += count;
      return first;
    };
  }

  private void publish(Topic plainTopic, Topic keyedTopic, int n) {
    List<Message> some = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String payload = "\"" + n + "." + i + FILLER.text() + "\"";
      some.add(new Message(null, Bytes.utf8(payload), null, i % 2));
      plain.put(payload, i % 2);
    }
    plainTopic.publish(some, 1);
    String key = "k" + n % KEYS;
    String payload = "\"" + key + "." + n + FILLER.text() + "\"";
    keyedTopic.publish(List.of(new Message(Bytes.utf8(key), Bytes.utf8(payload), null, 0)), 1);
    keyed.put(key, payload);
  }

  private void acknowledge(Topic topic) {
    OneWorker worker = new OneWorker(topic, "s");
    for (int i = 0; i < 5; i++) {
      Batch batch = worker.choose(LIMITS, 1);
      if (batch == null) {
        return;
      }
      worker.pushed();
      worker.acknowledge(batch.deliveries().stream().map(Delivery::key).toList());
      batch.deliveries().forEach(message -> plain.remove(message.payload().text()));
    }
  }

  /** The number of messages to be delivered. */
  int expected() {
    return plain.size() + keyed.size();
  }

  /**
   * Opens the directory and reads it to the end, as a subscriber would. Asserts that no message is
   * unexpected or out of order.
   *
   * @param wrong handles a message that is not to be delivered (any more)
   * @return the number of expected messages that arrived
   */
  int read(Path directory, Consumer<String> warnings, Consumer<String> wrong) {
    try (RocksStore store = RocksStore.open(directory, 1, warnings)) {
      Ids ids = ids(store);
      List<Delivery> got =
          drain(Topic.open(settings("plain"), store.topic("plain"), ids, "n", new CommitBarrier()));
      int found = 0;
      int priority = 0;
      for (Delivery delivery : got) {
        assertThat(delivery.priority()).isGreaterThanOrEqualTo(priority);
        priority = delivery.priority();
        Integer expected = plain.get(delivery.payload().text());
        if (expected == null) {
          wrong.accept(delivery.payload().text());
        } else {
          assertThat(delivery.priority()).isEqualTo(expected);
          found++;
        }
      }
      for (Delivery delivery :
          drain(
              Topic.open(settings("keyed"), store.topic("keyed"), ids, "n", new CommitBarrier()))) {
        if (delivery.payload().text().equals(keyed.get(delivery.key().text()))) {
          found++;
        } else {
          wrong.accept(delivery.payload().text());
        }
      }
      return found;
    }
  }

  private static List<Delivery> drain(Topic topic) {
    OneWorker worker = new OneWorker(topic, "s");
    List<Delivery> got = new ArrayList<>();
    int inVain = 0;
    while (worker.isReady()) {
      Batch batch = worker.choose(LIMITS, 1);
      inVain = batch == null ? inVain + 1 : 0;
      assertThat(inVain).as("choices in vain").isLessThan(IN_VAIN_MAX);
      if (batch != null) {
        got.addAll(batch.deliveries());
        worker.pushed();
        worker.acknowledge(batch.deliveries().stream().map(Delivery::key).toList());
      }
    }
    assertThat(topic.stats().queues().get(0).backlog()).isZero();
    return got;
  }
}
