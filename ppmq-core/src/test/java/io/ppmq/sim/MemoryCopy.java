package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Retained;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** The complete content of a store, copied to another store or as text. */
final class MemoryCopy {
  private MemoryCopy() {}

  /** A separate store with the same content. */
  static MemoryStore of(MemoryStore store) {
    MemoryStore copy = new MemoryStore(store.firstFreeId(), store.nonce());
    for (String name : store.topics()) {
      copy(store.topic(name), copy.topic(name));
    }
    Set<Expiring> listed = new HashSet<>(expiring(store));
    for (Expiring expiring : expiring(copy)) {
      if (!listed.contains(expiring)) {
        copy.dismiss(expiring);
      }
    }
    store.marks().forEach(copy::mark);
    copy.commit();
    return copy;
  }

  private static List<Expiring> expiring(Store store) {
    return store.expiring(Long.MAX_VALUE - 1, Integer.MAX_VALUE);
  }

  private static void copy(TopicStore from, TopicStore to) {
    for (int priority : from.priorities()) {
      for (Entry entry : from.read(priority, 0, Integer.MAX_VALUE, Long.MAX_VALUE)) {
        to.append(priority, entry);
      }
    }
    for (KeyedMessage message : from.keyed(null, Integer.MAX_VALUE)) {
      to.keep(null, message);
    }
    from.progress().forEach(to::save);
    from.delayed()
        .from(Long.MIN_VALUE, 0, Integer.MAX_VALUE, Long.MAX_VALUE)
        .forEach(to.delayed()::add);
    to.saveRetained(from.retained());
  }

  /** The content of a store as text; equal contents give equal texts. */
  static String words(Store store) {
    StringBuilder words = new StringBuilder();
    words.append(store.firstFreeId()).append(store.marks()).append(expiring(store));
    for (String name : store.topics()) {
      TopicStore topic = store.topic(name);
      if (holdsAnything(topic)) {
        words.append('\n').append(name).append(": ");
        words(words, topic);
      }
    }
    return words.toString();
  }

  /** A copy does not know topics that no longer hold anything. */
  private static boolean holdsAnything(TopicStore topic) {
    return !topic.priorities().isEmpty()
        || topic.holdsKeyed()
        || !topic.progress().isEmpty()
        || topic.delayed().delays().messages() > 0;
  }

  private static void words(StringBuilder words, TopicStore topic) {
    for (int priority : topic.priorities()) {
      for (Entry entry : topic.read(priority, 0, Integer.MAX_VALUE, Long.MAX_VALUE)) {
        words.append(priority).append('/').append(entry.firstId()).append('=');
        words.append(Arrays.hashCode(entry.toBytes())).append(' ');
      }
    }
    for (KeyedMessage message : topic.keyed(null, Integer.MAX_VALUE)) {
      Bytes key = message.key();
      words.append(key.text()).append('=').append(Arrays.hashCode(message.toBytes())).append(' ');
    }
    new TreeMap<>(topic.progress())
        .forEach(
            (name, progress) ->
                words.append(name).append('=').append(Arrays.hashCode(progress.toBytes())));
    words.append(topic.delayed().from(Long.MIN_VALUE, 0, Integer.MAX_VALUE, Long.MAX_VALUE));
    Retained retained = topic.retained();
    if (retained != null && !retained.equals(Retained.NOTHING)) { // a copy may not know it
      words.append(retained);
    }
  }
}
