package io.ppmq.store.rocksdb;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.RocksDBException;

/**
 * The data that the batches applied by a {@link Replica} remove, for {@link Reclaim}, which has no
 * other source on a node that does not lead. The marks of the logs are exact. A batch does not hold
 * the size of a deleted value, so it is estimated from the values that were written so far.
 *
 * <p>Owned by the thread that applies.
 */
final class BatchLosses {
  private static final int LOG = 1;
  private static final int KEYED = 2;
  private static final int EXPIRY = 3;
  private static final int DELAYED = 4;
  private static final int LOG_KEY_BYTES = 16;
  private static final int LOG_MARK_BYTES = 9;

  private record Drop(int topic, int priority, long from, long to) {}

  private final Reclaim reclaim;
  private final Map<Long, Long> droppedTo = new HashMap<>();
  private final long[] values = new long[Keys.families().size()];
  private final long[] valuesBytes = new long[values.length];

  // Of the batch that is being applied.
  private final List<Drop> drops = new ArrayList<>();
  private long[] removed = new long[values.length];
  private long bytes;

  BatchLosses(Reclaim reclaim) {
    this.reclaim = reclaim;
  }

  /** Marks all data that was dropped before the database was opened for reclaiming. */
  void load(Engine engine) throws RocksDBException {
    drops.clear();
    try (Scan scan = engine.scan(engine.state(), new byte[] {Keys.LOG_MARK})) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        mark(scan.key(), scan.value());
      }
    }
    tellDrops();
  }

  /** Reads a batch, which is about to be applied. */
  void read(Engine engine, byte[] batch) {
    drops.clear();
    removed = new long[values.length];
    bytes = batch.length;
    BatchForm changes = new BatchForm(batch, 0);
    while (changes.next()) {
      int family = changes.family();
      switch (changes.kind()) {
        case PUT -> put(family, changes);
        case DELETE ->
            removed[family] +=
                changes.keyTo()
                    - changes.keyFrom()
                    + valuesBytes[family] / Math.max(1, values[family]);
        case DELETE_RANGE -> range(engine, family, changes.key(), changes.value());
      }
    }
  }

  private void put(int family, BatchForm changes) {
    values[family]++;
    valuesBytes[family] += changes.valueTo() - changes.valueFrom();
    if (family == 0 && changes.keyTo() - changes.keyFrom() == LOG_MARK_BYTES) {
      byte[] key = changes.key();
      if (key[0] == Keys.LOG_MARK) {
        mark(key, changes.value());
      }
    }
  }

  private void mark(byte[] key, byte[] stored) {
    int topic = Keys.stateTopic(key);
    int priority = Keys.logMarkPriority(key);
    long to = ByteBuffer.wrap(stored).getLong();
    Long before = droppedTo.put(log(topic, priority), to);
    if (to > (before == null ? 0 : before)) {
      drops.add(new Drop(topic, priority, 0, to));
    }
  }

  private void range(Engine engine, int family, byte[] from, byte[] to) {
    if (family == KEYED || family == DELAYED) {
      removed[family] += engine.bytes(engine.families().get(family), from, to);
    } else if (family == LOG && from.length == LOG_KEY_BYTES && to.length == LOG_KEY_BYTES) {
      int topic = ByteBuffer.wrap(from).getInt();
      int priority = Keys.entryPriority(from);
      long end = Keys.entryId(to);
      if (end > droppedTo.getOrDefault(log(topic, priority), 0L)) {
        drops.add(new Drop(topic, priority, Keys.entryId(from), end));
      }
    }
  }

  private static long log(int topic, int priority) {
    return (long) topic << Integer.SIZE | priority;
  }

  /**
   * Called when the batch that was read has taken effect.
   *
   * @param isCounted whether the broker that made it is on this node, and has reported everything
   *     except the drops itself
   */
  void applied(boolean isCounted) {
    if (!isCounted) {
      reclaim.committed(bytes, removed[LOG], removed[KEYED], removed[EXPIRY], removed[DELAYED]);
    }
    tellDrops();
  }

  private void tellDrops() {
    for (Drop drop : drops) {
      reclaim.dropped(drop.topic, drop.priority, drop.from, drop.to);
    }
    drops.clear();
  }
}
