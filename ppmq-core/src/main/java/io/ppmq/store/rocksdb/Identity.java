package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The identity of a store: its nonce, the ids that it has handed out, the numbers of its topics.
 */
final class Identity {
  private static final int NONCE_LETTERS = 8;
  private static final int RADIX = 36;

  private final String nonce;
  private volatile long firstFreeId;

  private Identity(String nonce, long firstFreeId) {
    this.nonce = nonce;
    this.firstFreeId = firstFreeId;
  }

  /** The format in which the store is written; null for one in which nothing was written yet. */
  static @Nullable Integer format(Engine engine) throws RocksDBException {
    byte[] stored = engine.find(engine.state(), Keys.FORMAT_KEY);
    return stored == null ? null : ByteBuffer.wrap(stored).getInt();
  }

  /** The position of the store in the log of a cluster; null for a store of a single machine. */
  static @Nullable Applied applied(Engine engine) throws RocksDBException {
    byte[] stored = engine.find(engine.state(), Keys.APPLIED_KEY);
    return stored == null ? null : Applied.of(stored);
  }

  /** Removes the position in a cluster's log from the store, on the disk. */
  static void leaveCluster(Engine engine) throws RocksDBException {
    engine.db().delete(engine.state(), engine.synced(), Keys.APPLIED_KEY);
  }

  /** Makes a store of a database in which nothing was written yet. */
  static void create(Engine engine, long firstId) throws RocksDBException {
    try (Changes changes = founding(engine, firstId)) {
      engine.db().write(engine.synced(), changes.batch());
    }
  }

  /** A new identity for a database in which nothing was written yet, a different one each time. */
  static Changes founding(Engine engine, long firstId) throws RocksDBException {
    StringBuilder nonce = new StringBuilder();
    SecureRandom random = new SecureRandom();
    for (int i = 0; i < NONCE_LETTERS; i++) {
      nonce.append(Character.forDigit(random.nextInt(RADIX), RADIX));
    }
    Changes changes = new Changes();
    changes.put(engine.state(), Keys.FORMAT_KEY, Keys.u32(Keys.FORMAT));
    changes.put(engine.state(), Keys.NONCE_KEY, nonce.toString().getBytes(US_ASCII));
    changes.put(engine.state(), Keys.IDS_KEY, Keys.u64(firstId));
    return changes;
  }

  /** Reads the identity that was written when the store was made; null when it is missing. */
  static @Nullable Identity of(Engine engine) throws RocksDBException {
    byte[] nonce = engine.find(engine.state(), Keys.NONCE_KEY);
    byte[] ids = engine.find(engine.state(), Keys.IDS_KEY);
    if (nonce == null || ids == null) {
      return null;
    }
    return new Identity(new String(nonce, US_ASCII), ByteBuffer.wrap(ids).getLong());
  }

  /** The topics that were ever written to, and their numbers. */
  static Map<String, Integer> topics(Engine engine) throws RocksDBException {
    Map<String, Integer> topics = new TreeMap<>();
    try (Scan scan = engine.scan(engine.state(), Keys.topics())) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        topics.put(Keys.topicName(scan.key()), ByteBuffer.wrap(scan.value()).getInt());
      }
    }
    return topics;
  }

  /** The words that are marked. */
  static SortedSet<String> marks(Engine engine) throws RocksDBException {
    SortedSet<String> marks = new TreeSet<>();
    try (Scan scan = engine.scan(engine.state(), Keys.marks())) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        marks.add(Keys.markWord(scan.key()));
      }
    }
    return marks;
  }

  String nonce() {
    return nonce;
  }

  long firstFreeId() {
    return firstFreeId;
  }

  void reserved(long upTo) {
    firstFreeId = upTo;
  }
}
