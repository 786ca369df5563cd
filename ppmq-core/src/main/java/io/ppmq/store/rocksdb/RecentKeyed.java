package io.ppmq.store.rocksdb;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keyed messages of all topics that were committed or read last, as they are in the database.
 *
 * <p>A message that is delivered soon after it was published is looked up three more times: when it
 * is chosen, pushed and acknowledged. Otherwise each lookup is a call into the engine, which is
 * most of the cost of a keyed message. It holds {@link #BYTES_MAX} however many topics and messages
 * there are; the oldest one is removed first.
 */
final class RecentKeyed {
  /** A few batches of small messages; what lives on the heap longer than a batch costs more. */
  static final int BYTES_MAX = 512 << 10;

  /**
   * A commit of more messages is not cached: they are delivered too late to be found here, and
   * copying them would be wasted.
   */
  private static final int COMMITTED_MAX = 1024;

  /** The approximate memory of a message besides its bytes. */
  private static final int OVERHEAD_BYTES = 256;

  private record Place(int topic, Bytes key) {
    // Written by hand: the JDK generates its own at the first use, which takes 20 ms.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Place place && topic == place.topic && key.equals(place.key);
    }

    @Override
    public int hashCode() {
      return 31 * topic + key.hashCode();
    }
  }

  private final Map<Place, KeyedMessage> messages = new LinkedHashMap<>();
  private int bytes;

  @Nullable KeyedMessage find(int topic, Bytes key) {
    return messages.get(new Place(topic, key));
  }

  /** Takes the changes of a commit to a topic's keyed messages; null for a forgotten one. */
  void committed(int topic, Map<Bytes, @Nullable KeyedMessage> changed) {
    boolean kept = changed.size() <= COMMITTED_MAX;
    for (Map.Entry<Bytes, @Nullable KeyedMessage> change : changed.entrySet()) {
      KeyedMessage message = change.getValue();
      if (message != null && kept && isSmall(message)) {
        // A remembered message has bytes of its own, and does not hold on to its buffer.
        put(topic, message.copy());
      } else {
        remove(topic, change.getKey());
      }
    }
  }

  /** Takes a message that references only its own memory. */
  void put(int topic, KeyedMessage message) {
    remove(topic, message.key());
    if (!isSmall(message)) {
      return;
    }
    messages.put(new Place(topic, message.key()), message);
    bytes += bytes(message);
    Iterator<KeyedMessage> eldest = messages.values().iterator();
    while (bytes > BYTES_MAX) {
      bytes -= bytes(eldest.next());
      eldest.remove();
    }
  }

  void remove(int topic, Bytes key) {
    KeyedMessage removed = messages.remove(new Place(topic, key));
    if (removed != null) {
      bytes -= bytes(removed);
    }
  }

  /** Removes all messages of a topic. */
  void removeAll(int topic) {
    Iterator<Map.Entry<Place, KeyedMessage>> all = messages.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Place, KeyedMessage> message = all.next();
      if (message.getKey().topic == topic) {
        bytes -= bytes(message.getValue());
        all.remove();
      }
    }
  }

  private static boolean isSmall(KeyedMessage message) {
    return bytes(message) <= BYTES_MAX / 8;
  }

  private static int bytes(KeyedMessage message) {
    return OVERHEAD_BYTES
        + message.key().length()
        + message.payload().length()
        + message.exceptions().size() * OVERHEAD_BYTES;
  }
}
