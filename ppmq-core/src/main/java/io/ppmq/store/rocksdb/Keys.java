package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.Expiring;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The keys and their values, in format {@link #FORMAT}. Numbers are big-endian, so that the order
 * of the keys is the order of the numbers; {@code i64} has its sign turned for the same reason.
 *
 * <pre>
 *  column family   key                                          value
 *  default         "format"                                     u32 format
 *                  "nonce"                                      8 letters and digits
 *                  "ids"                                        u64 ids below it may be in use
 *                  "t" | topic name                             u32 topic number
 *                  "l" | u32 topic | u32 priority               u64 dropped to | u64 expiring to
 *                  "p" | u32 topic | subscriber name            Progress
 *                  "r" | u32 topic                              Retained
 *                  "m" | word                                   (nothing)
 *                  "d" | u32 topic                              DelayedList's state
 *                  "applied"                                    {@link Applied}, in a replica
 *  log             u32 topic | u32 priority | u64 first id      Entry
 *  keyed           u32 topic | key                              KeyedMessage
 *  expiry          i64 at | u32 topic | 0 | u32 priority | u64 id
 *                  i64 at | u32 topic | 1 | key                 (nothing)
 *  delayed         u32 topic | i64 at | u64 id                  DelayedMessage
 * </pre>
 *
 * <p>A log's "dropped to": entries below it are dropped, but may still be stored until the space is
 * reclaimed. "Expiring to": no entry from there on expires, so that only below it the expiry list
 * must be updated when entries are dropped.
 */
final class Keys {
  /** The format that this class describes. Another one is not opened. */
  static final int FORMAT = 1;

  static final byte[] FORMAT_KEY = ascii("format");
  static final byte[] NONCE_KEY = ascii("nonce");
  static final byte[] IDS_KEY = ascii("ids");
  static final byte[] APPLIED_KEY = ascii("applied");

  /** The state column family lives under the name that RocksDB insists on. */
  static final byte[] STATE = ascii("default");

  static final byte[] LOG = ascii("log");
  static final byte[] KEYED = ascii("keyed");
  static final byte[] EXPIRY = ascii("expiry");
  static final byte[] DELAYED = ascii("delayed");

  static final byte TOPIC = 't';
  static final byte LOG_MARK = 'l';
  static final byte PROGRESS = 'p';
  static final byte RETAINED = 'r';
  static final byte MARK = 'm';
  static final byte DELAYS = 'd';
  private static final byte KIND_ENTRY = 0;
  private static final byte KIND_KEYED = 1;
  private static final int EXPIRY_ENTRY_BYTES = 25;
  private static final int EXPIRY_KEYED_BYTES = 13;
  static final int DELAYED_BYTES = 20;

  private Keys() {}

  /**
   * The names of the column families, by their numbers. A database that a ppMQ without delays made
   * has no {@link #DELAYED} until it is opened.
   */
  static List<byte[]> families() {
    return List.of(STATE, LOG, KEYED, EXPIRY, DELAYED);
  }

  static byte[] u32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  static byte[] u64(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  static byte[] u64(long first, long second) {
    return ByteBuffer.allocate(16).putLong(first).putLong(second).array();
  }

  static byte[] topic(String name) {
    byte[] utf8 = name.getBytes(UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put(TOPIC).put(utf8).array();
  }

  static byte[] topics() {
    return new byte[] {TOPIC};
  }

  static String topicName(byte[] key) {
    return new String(key, 1, key.length - 1, UTF_8);
  }

  static byte[] logMark(int topic, int priority) {
    return ByteBuffer.allocate(9).put(LOG_MARK).putInt(topic).putInt(priority).array();
  }

  static byte[] logMarks(int topic) {
    return ByteBuffer.allocate(5).put(LOG_MARK).putInt(topic).array();
  }

  static int logMarkPriority(byte[] key) {
    return ByteBuffer.wrap(key).getInt(5);
  }

  static byte[] progress(int topic, String subscriber) {
    byte[] utf8 = subscriber.getBytes(UTF_8);
    return ByteBuffer.allocate(5 + utf8.length).put(PROGRESS).putInt(topic).put(utf8).array();
  }

  static byte[] progress(int topic) {
    return ByteBuffer.allocate(5).put(PROGRESS).putInt(topic).array();
  }

  static String progressSubscriber(byte[] key) {
    return new String(key, 5, key.length - 5, UTF_8);
  }

  static byte[] retained(int topic) {
    return ByteBuffer.allocate(5).put(RETAINED).putInt(topic).array();
  }

  static byte[] delays(int topic) {
    return ByteBuffer.allocate(5).put(DELAYS).putInt(topic).array();
  }

  static byte[] delays() {
    return new byte[] {DELAYS};
  }

  /**
   * The topic of a log's mark, of a progress, of a count of retained messages or of delayed ones.
   */
  static int stateTopic(byte[] key) {
    return ByteBuffer.wrap(key).getInt(1);
  }

  static byte[] mark(String word) {
    byte[] utf8 = word.getBytes(UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put(MARK).put(utf8).array();
  }

  static byte[] marks() {
    return new byte[] {MARK};
  }

  static String markWord(byte[] key) {
    return new String(key, 1, key.length - 1, UTF_8);
  }

  static byte[] keyed(int topic) {
    return u32(topic);
  }

  static byte[] log(int topic) {
    return u32(topic);
  }

  static byte[] log(int topic, int priority) {
    return ByteBuffer.allocate(8).putInt(topic).putInt(priority).array();
  }

  static byte[] entry(int topic, int priority, long id) {
    return ByteBuffer.allocate(16).putInt(topic).putInt(priority).putLong(id).array();
  }

  static int entryPriority(byte[] key) {
    return ByteBuffer.wrap(key).getInt(4);
  }

  static long entryId(byte[] key) {
    return ByteBuffer.wrap(key).getLong(8);
  }

  static byte[] keyed(int topic, Bytes key) {
    return ByteBuffer.allocate(4 + key.length())
        .putInt(topic)
        .put(key.array(), key.offset(), key.length())
        .array();
  }

  static Bytes keyedKey(byte[] stored) {
    return new Bytes(stored, 4, stored.length - 4);
  }

  static byte[] delayed(int topic) {
    return u32(topic);
  }

  static byte[] delayed(int topic, long atMillis, long id) {
    return ByteBuffer.allocate(DELAYED_BYTES)
        .putInt(topic)
        .putLong(atMillis ^ Long.MIN_VALUE)
        .putLong(id)
        .array();
  }

  static DelayedMessage delayed(byte[] key, byte[] value) {
    return DelayedMessage.of(delayedMillis(key), delayedId(key), value);
  }

  static int delayedTopic(byte[] key) {
    return ByteBuffer.wrap(key).getInt();
  }

  static long delayedMillis(byte[] key) {
    return ByteBuffer.wrap(key).getLong(4) ^ Long.MIN_VALUE;
  }

  static long delayedId(byte[] key) {
    return ByteBuffer.wrap(key).getLong(12);
  }

  /** Before everything that expires at this moment or later. */
  static byte[] expiry(long atMillis) {
    return u64(atMillis ^ Long.MIN_VALUE);
  }

  /** The item on the expiry list for this, which belongs to the topic of this number. */
  static byte[] expiryItem(int topic, Expiring expiring) {
    Bytes key = expiring.key();
    return key == null
        ? expiryOfEntry(expiring.atMillis(), topic, expiring.priority(), expiring.id())
        : expiryOfKeyed(expiring.atMillis(), topic, key);
  }

  static byte[] expiryOfEntry(long atMillis, int topic, int priority, long id) {
    return ByteBuffer.allocate(EXPIRY_ENTRY_BYTES)
        .putLong(atMillis ^ Long.MIN_VALUE)
        .putInt(topic)
        .put(KIND_ENTRY)
        .putInt(priority)
        .putLong(id)
        .array();
  }

  static byte[] expiryOfKeyed(long atMillis, int topic, Bytes key) {
    return ByteBuffer.allocate(EXPIRY_KEYED_BYTES + key.length())
        .putLong(atMillis ^ Long.MIN_VALUE)
        .putInt(topic)
        .put(KIND_KEYED)
        .put(key.array(), key.offset(), key.length())
        .array();
  }

  static long expiryMillis(byte[] item) {
    return ByteBuffer.wrap(item).getLong() ^ Long.MIN_VALUE;
  }

  static int expiryTopic(byte[] item) {
    return ByteBuffer.wrap(item).getInt(8);
  }

  static Expiring expiring(byte[] item, String topicName) {
    long at = expiryMillis(item);
    if (item[EXPIRY_KEYED_BYTES - 1] == KIND_KEYED) {
      Bytes key = new Bytes(item, EXPIRY_KEYED_BYTES, item.length - EXPIRY_KEYED_BYTES);
      return new Expiring(topicName, at, 0, 0, key);
    }
    ByteBuffer buffer = ByteBuffer.wrap(item);
    int priority = buffer.getInt(EXPIRY_KEYED_BYTES);
    long id = buffer.getLong(EXPIRY_KEYED_BYTES + 4);
    return new Expiring(topicName, at, priority, id, null);
  }

  /** The first key after all that begin with {@code prefix}, which is not all 0xFF. */
  static byte[] after(byte[] prefix) {
    int end = prefix.length;
    while (prefix[end - 1] == (byte) 0xFF) {
      end--;
    }
    byte[] next = Arrays.copyOf(prefix, end);
    next[end - 1]++;
    return next;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
