package io.ppmq.store.rocksdb;

import io.ppmq.store.DelayedMessage;
import io.ppmq.store.Delays;
import io.ppmq.store.Entry;
import io.ppmq.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.rocksdb.RocksDBException;

/**
 * The delayed messages of one topic, in the order of their moments, then of their ids. None of them
 * is in memory.
 *
 * <p>Messages are removed at the front, which leaves deleted keys there that an iteration would
 * have to step over. So the floor is a moment before which there is nothing, and {@link
 * #nextMillis} is the moment of the next check, which is never later than the first moment. The
 * floor is stored with the counts, in each commit that changes them, so that a start finds the
 * first message at once and counts none.
 *
 * <pre>
 *  u64 messages | u64 bytes of payload | i64 floor's moment | u64 floor's id
 * </pre>
 */
final class DelayedList {
  private static final int STATE_BYTES = 32;
  private static final long NEVER = Entry.NEVER;

  private final int topic;

  /** The messages that the commit being collected removes, by id. */
  private final Set<Long> removed = new HashSet<>();

  private boolean forgotAll;
  private long messages;
  private long bytes;
  private long floorMillis = NEVER;
  private long floorId = Long.MAX_VALUE;

  /** The first that the commit being collected adds; {@link Entry#NEVER} without any. */
  private long addedMillis = NEVER;

  private long addedId = Long.MAX_VALUE;
  private long nextMillis = NEVER;
  private boolean changed;

  DelayedList(int topic) {
    this.topic = topic;
  }

  /** Continues from the stored state. */
  void load(Engine engine, byte[] state) throws RocksDBException {
    if (state.length != STATE_BYTES) {
      throw StoreException.damage(
          "the store holds a count of delayed messages that is damaged", null);
    }
    ByteBuffer in = ByteBuffer.wrap(state);
    messages = in.getLong();
    bytes = in.getLong();
    floorMillis = in.getLong();
    floorId = in.getLong();
    nextMillis = floorMillis;
    if (messages > 0) {
      due(engine, Long.MIN_VALUE, 0, 0); // finds the first
    }
  }

  /** The noted state of messages, with the moment of the first. */
  static byte[] state(long messages, long bytes, long floorMillis, long floorId) {
    return ByteBuffer.allocate(STATE_BYTES)
        .putLong(messages)
        .putLong(bytes)
        .putLong(floorMillis)
        .putLong(floorId)
        .array();
  }

  Delays delays() {
    return messages == 0 ? Delays.NONE : new Delays(messages, bytes, nextMillis);
  }

  /** Puts a message on the list. */
  void add(Engine engine, Changes changes, DelayedMessage message) throws RocksDBException {
    long at = message.atMillis();
    changes.put(engine.delayed(), Keys.delayed(topic, at, message.id()), message.toBytes());
    changed(1, message.payload().length());
    if (isBefore(at, message.id(), addedMillis, addedId)) {
      addedMillis = at;
      addedId = message.id();
    }
    lowerFloor(at, message.id());
    nextMillis = Math.min(nextMillis, at);
  }

  /** Takes a message off the list, which is on it. */
  void remove(Engine engine, Changes changes, DelayedMessage message, Gone gone)
      throws RocksDBException {
    changes.delete(engine.delayed(), Keys.delayed(topic, message.atMillis(), message.id()));
    changed(-1, -message.payload().length());
    removed.add(message.id());
    gone.removedDelayed(Keys.DELAYED_BYTES + message.payload().length());
  }

  /** Takes all messages off the list. */
  void removeAll(Engine engine, Changes changes, Gone gone) throws RocksDBException {
    byte[] from = Keys.delayed(topic);
    byte[] to = Keys.after(from);
    gone.removedDelayed(engine.bytes(engine.delayed(), from, to));
    changes.deleteRange(engine.delayed(), from, to);
    changed(-messages, -bytes);
    forgotAll = true;
    floorMillis = NEVER;
    floorId = Long.MAX_VALUE;
    addedMillis = NEVER;
    addedId = Long.MAX_VALUE;
    nextMillis = NEVER;
  }

  /** Whether a message may be due. */
  boolean mayBeDue(long nowMillis) {
    return nowMillis >= nextMillis;
  }

  /** The first messages that are due. */
  List<DelayedMessage> due(Engine engine, long nowMillis, int max, long bytesMax)
      throws RocksDBException {
    if (forgotAll) {
      return List.of();
    }
    Walk walk = new Walk(max, bytesMax);
    boolean looked = false;
    try (Scan scan = scan(engine, floorMillis, floorId)) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        byte[] key = scan.key();
        if (removed.contains(Keys.delayedId(key))) {
          continue;
        }
        if (!looked) {
          lookedUpTo(Keys.delayedMillis(key), Keys.delayedId(key));
          looked = true;
        }
        if (Keys.delayedMillis(key) > nowMillis || !walk.takes(scan)) {
          break;
        }
      }
    }
    if (!looked) {
      lookedUpTo(NEVER, Long.MAX_VALUE);
    }
    return walk.taken;
  }

  /** Messages from a moment and an id on. */
  List<DelayedMessage> from(Engine engine, long fromMillis, long fromId, int max, long bytesMax)
      throws RocksDBException {
    if (forgotAll) {
      return List.of();
    }
    boolean ahead = isBefore(floorMillis, floorId, fromMillis, fromId);
    Walk walk = new Walk(max, bytesMax);
    try (Scan scan = scan(engine, ahead ? fromMillis : floorMillis, ahead ? fromId : floorId)) {
      for (boolean found = scan.first(); found; found = scan.next()) {
        if (!removed.contains(Keys.delayedId(scan.key())) && !walk.takes(scan)) {
          break;
        }
      }
    }
    return walk.taken;
  }

  /** Makes the commit being collected keep the counts and the floor, if they have changed. */
  void save(Engine engine, Changes changes) throws RocksDBException {
    if (changed) {
      changes.put(engine.state(), Keys.delays(topic), state(messages, bytes, floorMillis, floorId));
      changed = false;
    }
  }

  /** To be called when the commit being collected has taken effect. */
  void committed() {
    removed.clear();
    forgotAll = false;
    addedMillis = NEVER;
    addedId = Long.MAX_VALUE;
  }

  /** Takes messages up to its bounds. */
  private static final class Walk {
    private final int max;
    private final long bytesMax;
    private final List<DelayedMessage> taken = new ArrayList<>();
    private long bytes;

    Walk(int max, long bytesMax) {
      this.max = max;
      this.bytesMax = bytesMax;
    }

    boolean takes(Scan scan) {
      if (taken.size() >= max || (bytes >= bytesMax && !taken.isEmpty())) {
        return false;
      }
      DelayedMessage message = Keys.delayed(scan.key(), scan.value());
      taken.add(message);
      bytes += message.payload().length();
      return true;
    }
  }

  private Scan scan(Engine engine, long fromMillis, long fromId) {
    return engine.scan(
        engine.delayed(), Keys.delayed(topic, fromMillis, fromId), Keys.after(Keys.delayed(topic)));
  }

  private void changed(long moreMessages, long moreBytes) {
    messages += moreMessages;
    bytes += moreBytes;
    changed = true;
  }

  /** Notes that the first committed message that stays is this one, or that there is none. */
  private void lookedUpTo(long millis, long id) {
    floorMillis = millis;
    floorId = id;
    lowerFloor(addedMillis, addedId);
    nextMillis = floorMillis;
  }

  private void lowerFloor(long millis, long id) {
    if (isBefore(millis, id, floorMillis, floorId)) {
      floorMillis = millis;
      floorId = id;
    }
  }

  private static boolean isBefore(long millis, long id, long thanMillis, long thanId) {
    return millis < thanMillis || (millis == thanMillis && id < thanId);
  }
}
