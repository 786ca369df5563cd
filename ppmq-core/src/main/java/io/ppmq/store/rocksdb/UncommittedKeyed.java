package io.ppmq.store.rocksdb;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WBWIRocksIterator;
import org.rocksdb.WriteBatchWithIndex;

/**
 * The changes of the commit being collected to a topic's keyed messages, by key: the last version
 * of each that it stores, or the mark that it forgets the message.
 *
 * <p>Most commits have few of them, which are objects. One value may have a million: beyond {@link
 * #HEAP_BYTES_MAX} all of them lie in their stored form in an index outside of the heap, until the
 * commit. Owned by the writer's thread.
 */
final class UncommittedKeyed implements AutoCloseable {
  /** The approximate heap that the objects may take. */
  static final int HEAP_BYTES_MAX = 2 << 20;

  /** The heap of a message besides the bytes of its key. */
  private static final int OVERHEAD_BYTES = 300;

  private static final byte[] FORGOTTEN = {};

  private final Map<Bytes, @Nullable KeyedMessage> messages = new HashMap<>();
  private int bytes;
  private @Nullable Index index;

  /** The version that the commit stores; null when it stores none. */
  @Nullable KeyedMessage find(Bytes key) {
    return index == null ? messages.get(key) : index.find(key);
  }

  /** Whether the commit forgets the message under a key. */
  boolean isForgotten(Bytes key) {
    return index == null
        ? messages.containsKey(key) && messages.get(key) == null
        : index.isForgotten(key);
  }

  /** Whether the commit stores any; for a large commit also true if it forgets them again. */
  boolean keepsAny() {
    return index == null
        ? messages.values().stream().anyMatch(message -> message != null)
        : index.keepsAny;
  }

  /** Whether it changes no message. */
  boolean isEmpty() {
    return index == null && messages.isEmpty();
  }

  /** Reads stored messages. */
  @FunctionalInterface
  interface Stored {
    /** The first after a key, at most this number; none only at the end. */
    List<KeyedMessage> after(@Nullable Bytes key, int max);
  }

  /**
   * The stored messages as the commit leaves them: the first after a key, at most {@code max}; none
   * only at the end.
   */
  List<KeyedMessage> over(Stored stored, @Nullable Bytes after, int max) {
    SortedMap<Bytes, @Nullable KeyedMessage> made =
        index == null ? new TreeMap<>(messages) : index.all();
    int more = max > Integer.MAX_VALUE - made.size() ? max : max + made.size();
    SortedMap<Bytes, KeyedMessage> shown = new TreeMap<>();
    Bytes from = after;
    Bytes last;
    do {
      List<KeyedMessage> found = stored.after(from, more);
      found.forEach(message -> shown.put(message.key(), message));
      last = found.isEmpty() ? null : found.get(found.size() - 1).key();
      for (Map.Entry<Bytes, @Nullable KeyedMessage> change : made.entrySet()) {
        Bytes key = change.getKey();
        KeyedMessage message = change.getValue();
        if (message == null) {
          shown.remove(key);
        } else if ((from == null || key.compareTo(from) > 0)
            && (last == null || key.compareTo(last) <= 0)) {
          shown.put(key, message); // what lies behind the last one found comes with the next
        }
      }
      from = last;
    } while (last != null && shown.isEmpty());
    return shown.values().stream().limit(max).toList();
  }

  /** The commit keeps this version. */
  void keep(KeyedMessage message) {
    add(message.key(), message);
  }

  /** The commit forgets the message under this key. */
  void forget(Bytes key) {
    add(key, null);
  }

  private void add(Bytes key, @Nullable KeyedMessage message) {
    if (index != null) {
      index.put(key, message);
      return;
    }
    messages.put(key, message);
    bytes += OVERHEAD_BYTES + key.length();
    if (bytes > HEAP_BYTES_MAX) {
      index = new Index();
      messages.forEach(index::put);
      messages.clear();
    }
  }

  /** Passes its messages to the cache of recent ones; called when the commit has taken effect. */
  void committedTo(RecentKeyed recent, int topic) {
    if (index != null) {
      recent.removeAll(topic);
    } else {
      recent.committed(topic, messages);
    }
  }

  /** Begins the next commit. */
  void clear() {
    close();
    index = null;
    messages.clear();
    bytes = 0;
  }

  @Override
  public void close() {
    if (index != null) {
      index.close();
    }
  }

  /** The stored forms by key; an empty one stands for a forgotten message. */
  private static final class Index implements AutoCloseable {
    private final DBOptions options = new DBOptions();
    private final WriteBatchWithIndex forms = new WriteBatchWithIndex(true);
    private boolean keepsAny;
    private boolean forgetsAny;

    void put(Bytes key, @Nullable KeyedMessage message) {
      keepsAny |= message != null;
      forgetsAny |= message == null;
      try {
        forms.put(key.toByteArray(), message == null ? FORGOTTEN : message.toBytes());
      } catch (RocksDBException e) {
        throw cannotFail(e);
      }
    }

    @Nullable KeyedMessage find(Bytes key) {
      byte[] form = form(key);
      return form == null || form.length == 0 ? null : KeyedMessage.of(key.copy(), form);
    }

    SortedMap<Bytes, @Nullable KeyedMessage> all() {
      SortedMap<Bytes, @Nullable KeyedMessage> all = new TreeMap<>();
      try (WBWIRocksIterator each = forms.newIterator()) {
        for (each.seekToFirst(); each.isValid(); each.next()) {
          WBWIRocksIterator.WriteEntry entry = each.entry();
          Bytes key = Bytes.of(copy(entry.getKey().data()));
          byte[] form = copy(entry.getValue().data());
          all.put(key, form.length == 0 ? null : KeyedMessage.of(key, form));
        }
      }
      return all;
    }

    private static byte[] copy(ByteBuffer data) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      return bytes;
    }

    boolean isForgotten(Bytes key) {
      byte[] form = forgetsAny ? form(key) : null;
      return form != null && form.length == 0;
    }

    private byte @Nullable [] form(Bytes key) {
      try {
        return forms.getFromBatch(options, key.toByteArray());
      } catch (RocksDBException e) {
        throw cannotFail(e);
      }
    }

    private static AssertionError cannotFail(RocksDBException e) {
      return new AssertionError("an index in memory cannot fail", e);
    }

    @Override
    public void close() {
      forms.close();
      options.close();
    }
  }
}
