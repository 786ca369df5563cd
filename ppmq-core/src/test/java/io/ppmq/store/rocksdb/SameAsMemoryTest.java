package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.store.rocksdb.LeaderStore.When;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both stores give the same answers after any writes in any order. */
final class SameAsMemoryTest {
  private static final int STEPS = Integer.getInteger("steps", 5_000);
  private static final List<String> TOPICS = List.of("a", "b", "c");
  private static final int PRIORITIES = 3;
  private static final int KEYS = 12;

  @TempDir Path directory;
  private final Random random = new Random();
  private final Store memory = new MemoryStore(1);
  private long nextId = 1;
  private long nowMillis = 1;

  @Test
  void bothStoresSayTheSame() {
    sayTheSame(() -> RocksStore.open(directory.resolve("store"), 1, warning -> {}));
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void storeOfALeaderSaysTheSame(When when) {
    sayTheSame(() -> LeaderStore.open(directory.resolve("store"), 1, when));
  }

  private void sayTheSame(Supplier<Store> opening) {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("SameAsMemoryTest: -Dseed=" + seed);
    random.setSeed(seed);
    Store rocks = opening.get();
    for (int step = 0; step < STEPS; step++) {
      change(rocks);
      if (random.nextInt(5) == 0) {
        memory.commit();
        rocks.commit();
        compare(rocks);
      }
      if (random.nextInt(100) == 0) {
        rocks.reclaim();
      }
      if (random.nextInt(300) == 0) {
        memory.commit();
        rocks.commit();
        rocks.close();
        rocks = opening.get();
        compare(rocks);
      }
    }
    rocks.close();
  }

  private void change(Store rocks) {
    String name = TOPICS.get(random.nextInt(TOPICS.size()));
    TopicStore model = memory.topic(name);
    TopicStore topic = rocks.topic(name);
    int priority = random.nextInt(PRIORITIES);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> append(model, topic, priority);
      case 3 -> remove(model, topic, priority);
      case 4 -> drop(model, topic, priority);
      case 5, 6 -> keep(model, topic);
      case 7 -> forget(model, topic);
      case 8 -> save(model, topic);
      case 9, 10 -> delay(model.delayed(), topic.delayed());
      default -> expire(rocks);
    }
  }

  private void append(TopicStore model, TopicStore topic, int priority) {
    long at = random.nextInt(3) == 0 ? moment() : Entry.NEVER;
    Entry.Packer packer = new Entry.Packer(nextId, 1, at, 16);
    for (int i = random.nextInt(3); i >= 0; i--) {
      packer.add(nextId, Bytes.utf8("x".repeat(random.nextInt(2_000))), null);
      nextId += 1 + random.nextInt(3);
    }
    Entry entry = packer.pack();
    model.append(priority, entry);
    topic.append(priority, entry);
  }

  private void remove(TopicStore model, TopicStore topic, int priority) {
    List<Entry> entries = model.read(priority, 0, 20, Long.MAX_VALUE);
    if (!entries.isEmpty()) {
      Entry entry = entries.get(random.nextInt(entries.size()));
      model.remove(priority, entry.firstId(), entry.expiresAtMillis());
      topic.remove(priority, entry.firstId(), entry.expiresAtMillis());
    }
  }

  private void drop(TopicStore model, TopicStore topic, int priority) {
    long from = random.nextInt(3) == 0 ? nextId - random.nextInt(60) : 0;
    long to = random.nextInt(20) == 0 ? Long.MAX_VALUE : nextId - random.nextInt(60);
    model.drop(priority, from, to);
    topic.drop(priority, from, to);
  }

  private void keep(TopicStore model, TopicStore topic) {
    Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
    Instant expires = random.nextBoolean() ? Instant.ofEpochMilli(moment()) : null;
    boolean mayExpire = random.nextInt(4) > 0;
    KeyedMessage message =
        new KeyedMessage(
            key,
            nextId++,
            0,
            1,
            expires,
            mayExpire,
            Bytes.utf8("y".repeat(random.nextInt(500))),
            new Place(0, nextId),
            new TreeMap<>());
    KeyedMessage before = sameFound(model, topic, key);
    model.keep(before, message);
    topic.keep(before, message);
  }

  private void forget(TopicStore model, TopicStore topic) {
    KeyedMessage message = sameFound(model, topic, Bytes.utf8("k" + random.nextInt(KEYS)));
    if (message != null) {
      model.forget(message);
      topic.forget(message);
    }
  }

  private void save(TopicStore model, TopicStore topic) {
    Progress progress =
        new Progress(new TreeMap<>(), List.of(new Progress.Absence(nextId, nextId + 1)), List.of());
    String subscriber = "s" + random.nextInt(3);
    model.save(subscriber, progress);
    topic.save(subscriber, progress);
  }

  private void delay(DelayedMessages model, DelayedMessages delayed) {
    if (random.nextInt(3) > 0) {
      Bytes payload = Bytes.utf8("z".repeat(random.nextInt(500)));
      DelayedMessage message = new DelayedMessage(moment(), nextId++, 0, 1, null, payload);
      model.add(message);
      delayed.add(message);
    } else if (random.nextInt(50) == 0) {
      model.clear();
      delayed.clear();
    } else {
      memory.commit();
      for (DelayedMessage due : delayed.due(nowMillis, 1 + random.nextInt(4), 1000)) {
        model.remove(due);
        delayed.remove(due);
      }
    }
  }

  private void compareDelayed(DelayedMessages model, DelayedMessages delayed) {
    assertThat(delayed.delays().messages()).isEqualTo(model.delays().messages());
    assertThat(delayed.delays().bytes()).isEqualTo(model.delays().bytes());
    assertThat(delayed.delays().nextMillis()).isLessThanOrEqualTo(model.delays().nextMillis());
    long from = moment();
    assertThat(delayed.from(from, nextId - 20, 5, 2_000))
        .isEqualTo(model.from(from, nextId - 20, 5, 2_000));
    assertThat(delayed.due(nowMillis, 5, 2_000)).isEqualTo(model.due(nowMillis, 5, 2_000));
    assertThat(delayed.due(nowMillis, 1 << 20, 1 << 30))
        .isEqualTo(model.due(nowMillis, 1 << 20, 1 << 30));
  }

  /** Lets time pass and removes due messages from the list, as a topic would. */
  private void expire(Store rocks) {
    memory.commit();
    rocks.commit();
    nowMillis += random.nextInt(2_000);
    assertThat(rocks.nextExpiryMillis()).isLessThanOrEqualTo(memory.nextExpiryMillis());
    for (Expiring expiring : rocks.expiring(nowMillis, 1 + random.nextInt(5))) {
      assertThat(memory.expiring(nowMillis, Integer.MAX_VALUE)).contains(expiring);
      if (expiring.key() == null && random.nextBoolean()) {
        String name = expiring.topic();
        memory.topic(name).remove(expiring.priority(), expiring.id(), expiring.atMillis());
        rocks.topic(name).remove(expiring.priority(), expiring.id(), expiring.atMillis());
      } else {
        memory.dismiss(expiring);
        rocks.dismiss(expiring);
      }
    }
    assertThat(rocks.nextExpiryMillis()).isLessThanOrEqualTo(memory.nextExpiryMillis());
  }

  /** Often a near moment, rarely a distant one. */
  private long moment() {
    return nowMillis + random.nextLong(random.nextInt(10) == 0 ? 1L << 40 : 5_000);
  }

  private @Nullable KeyedMessage sameFound(TopicStore model, TopicStore topic, Bytes key) {
    KeyedMessage found = topic.find(key);
    assertThat(found).isEqualTo(model.find(key));
    return found;
  }

  private void compare(Store rocks) {
    for (String name : TOPICS) {
      TopicStore model = memory.topic(name);
      TopicStore topic = rocks.topic(name);
      assertThat(topic.priorities()).isEqualTo(model.priorities());
      assertThat(topic.progress()).isEqualTo(model.progress());
      compareDelayed(model.delayed(), topic.delayed());
      for (int priority = 0; priority < PRIORITIES; priority++) {
        compareLog(model, topic, priority);
      }
      for (int key = 0; key < KEYS; key++) {
        sameFound(model, topic, Bytes.utf8("k" + key));
      }
    }
    List<Expiring> expected = memory.expiring(nowMillis, Integer.MAX_VALUE);
    List<Expiring> due = rocks.expiring(nowMillis, Integer.MAX_VALUE);
    assertThat(due).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(due).extracting(Expiring::atMillis).isSorted();
  }

  private void compareLog(TopicStore model, TopicStore topic, int priority) {
    long from = random.nextBoolean() ? 0 : nextId - random.nextInt(100);
    int entries = 1 + random.nextInt(30);
    long bytes = 1L + random.nextInt(40_000);
    assertThat(topic.read(priority, from, entries, bytes))
        .extracting(Entry::toBytes)
        .containsExactlyElementsOf(
            model.read(priority, from, entries, bytes).stream().map(Entry::toBytes).toList());
    Entry last = model.last(priority);
    Entry found = topic.last(priority);
    assertThat(found == null ? 0 : found.firstId()).isEqualTo(last == null ? 0 : last.firstId());
  }
}
