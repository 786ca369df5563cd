package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.TopicStore;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is stored under the keys of a value that is about to be carried out: it is read before
 * anything is changed, so that the value is not left half-done where something cannot be read. It
 * is remembered until then, since looking twice costs twice. Of a large value only a part is
 * remembered, and the rest is looked up again.
 */
final class KeyLookup {
  private static final int KEYS_MAX = 4096;
  private static final int BYTES_MAX = 1 << 20;

  private final TopicStore store;
  private Map<Bytes, @Nullable KeyedMessage> known = Map.of();
  private int bytes;

  KeyLookup(TopicStore store) {
    this.store = store;
  }

  /** Looks up a key of the value that is about to be carried out. */
  void lookUp(Bytes key) {
    if (known.isEmpty()) {
      known = new HashMap<>();
      bytes = 0;
    }
    KeyedMessage found = store.find(key);
    int size = found == null ? 0 : found.payload().length();
    if (known.size() < KEYS_MAX && bytes + size <= BYTES_MAX) {
      known.put(key, found);
      bytes += size;
    }
  }

  /** The message that is stored under a key; null when there is none. */
  @Nullable KeyedMessage find(Bytes key) {
    return known.containsKey(key) ? known.get(key) : store.find(key);
  }

  /** This is stored under a key now; null when nothing is any more. */
  void changed(Bytes key, @Nullable KeyedMessage now) {
    if (known.containsKey(key)) {
      known.put(key, now);
    }
  }

  /** Forgets what was looked up for the last value. */
  void end() {
    known = Map.of();
  }
}
