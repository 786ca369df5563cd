package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Delays;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Retained;
import io.ppmq.store.TopicStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts the messages that a topic with a bound retains: those that at least one subscriber,
 * attached or not, has not acknowledged. A topic without a bound counts nothing. The store always
 * counts delayed messages; they are added when the count is asked for.
 *
 * <p>The count changes with the message that is published, and with the subscriber that was the
 * last to need one; it is saved with the same commit. If there was no count before, because the
 * bound is new, everything is counted once.
 */
final class RetainedCount {
  private static final int COUNTED_AT_ONCE = 256;
  private static final long COUNTED_BYTES_AT_ONCE = 256 << 10;

  private final TopicContents topic;
  private final TopicStore store;
  private final Queues queues;
  private long messages;
  private long bytes;
  private boolean counting;
  private boolean changed;

  RetainedCount(TopicContents topic, Queues queues) {
    this.topic = topic;
    this.store = topic.store();
    this.queues = queues;
  }

  // ---- beginning ------------------------------------------------------------------------------

  /** Continues from the saved count, if the topic has a bound. */
  void resume() {
    Retained saved = store.retained();
    if (saved != null && topic.settings().limits().isBounded()) {
      set(saved.messages(), saved.bytes());
      changed = false;
    }
  }

  /**
   * Begins to count if the bound is new, and stops if there is none any more. Everything that was
   * published must be committed.
   */
  void settle() {
    boolean bounded = topic.settings().limits().isBounded();
    if (bounded && !counting) {
      countAll();
    } else if (!bounded && (counting || store.retained() != null)) {
      counting = false;
      store.saveRetained(null);
    }
  }

  /** Counts everything again, if it counts. Everything that was published must be committed. */
  void recount() {
    if (counting) {
      countAll();
    }
  }

  private void countAll() {
    set(0, 0);
    Bytes after = null;
    List<KeyedMessage> kept = store.keyed(null, COUNTED_AT_ONCE);
    while (!kept.isEmpty()) {
      for (KeyedMessage message : kept) {
        after = message.key();
        add(store.find(after) == null ? 0 : 1, store.find(after) == null ? 0 : size(message));
      }
      kept = store.keyed(after, COUNTED_AT_ONCE);
    }
    store.priorities().forEach(this::countLog);
  }

  private void countLog(int priority) {
    long from = 0;
    List<Entry> entries = store.read(priority, from, COUNTED_AT_ONCE, COUNTED_BYTES_AT_ONCE);
    while (!entries.isEmpty()) {
      for (Entry entry : entries) {
        countEntry(priority, entry, 1);
        from = entry.lastId() + 1;
      }
      entries = store.read(priority, from, COUNTED_AT_ONCE, COUNTED_BYTES_AT_ONCE);
    }
  }

  private void countEntry(int priority, Entry entry, int sign) {
    if (entry.isPlace()) {
      return;
    }
    Entry.Messages inside = entry.messages();
    while (inside.next()) {
      if (isNeeded(priority, inside.id(), topic.brokerKey(inside.id()))) {
        add(sign, (long) sign * inside.payload().length());
      }
    }
  }

  private void set(long countedMessages, long countedBytes) {
    counting = true;
    changed = true;
    messages = countedMessages;
    bytes = countedBytes;
  }

  // ---- counting -------------------------------------------------------------------------------

  /** A message without a producer's key was published. */
  void added(Bytes payload) {
    if (counting) {
      add(1, payload.length());
    }
  }

  /** A subscriber is done with a message without a producer's key; perhaps it was the last. */
  void ended(Outstanding message) {
    if (counting && !message.evicted && !isNeeded(message.priority, message.id, message.key)) {
      add(-1, -topic.payloadBytes(message));
    }
  }

  /** A message without a producer's key is about to be taken out of all queues. */
  void evicting(EvictionCandidate message) {
    add(-1, -message.payloadBytes());
  }

  /** A message without a producer's key, which some subscriber needs, is about to be deleted. */
  void deleting(Bytes payload) {
    if (counting) {
      add(-1, -payload.length());
    }
  }

  /** An entry has expired and is about to be removed, with all of its messages. */
  void removing(int priority, Entry entry) {
    if (counting) {
      countEntry(priority, entry, -1);
    }
  }

  /** A message is stored under its key, and replaces another or none. */
  void kept(@Nullable KeyedMessage before, KeyedMessage now) {
    if (counting) {
      add(before == null ? 1 : 0, size(now) - (before == null ? 0 : size(before)));
    }
  }

  /** A message is not stored under its key any more. */
  void forgot(KeyedMessage message) {
    if (counting) {
      add(-1, -size(message));
    }
  }

  /** Whether some subscriber is not done with a message without a producer's key. */
  boolean isNeeded(int priority, long id, Bytes key) {
    for (SubscriberQueue queue : queues.all()) {
      if (queue.needs(priority, id, key)) {
        return true;
      }
    }
    return false;
  }

  private void add(long moreMessages, long moreBytes) {
    messages = Math.max(0, messages + moreMessages);
    bytes = Math.max(0, bytes + moreBytes);
    changed = true;
  }

  static long size(KeyedMessage message) {
    return (message.hasProducersKey() ? message.key().length() : 0L) + message.payload().length();
  }

  // ---- asking ---------------------------------------------------------------------------------

  /** The retained amount, with the delayed messages; null when it is not counted. */
  @Nullable Retained retained() {
    Delays delays = store.delayed().delays();
    return counting ? new Retained(messages + delays.messages(), bytes + delays.bytes()) : null;
  }

  /** Saves the count if it has changed. */
  void flush() {
    if (counting && changed) {
      store.saveRetained(new Retained(messages, bytes));
      changed = false;
    }
  }

  /** Whether this additional amount fits. A value that needs no additional room always fits. */
  boolean fits(Need need) {
    return !counting || fits(messages, bytes, need.messages, need.bytes);
  }

  /** Whether this amount fits beside the delayed messages, if nothing else is retained. */
  boolean fitsBesideDelayed(Need need) {
    return fits(0, 0, need.messages, need.bytes);
  }

  private boolean fits(long thereMessages, long thereBytes, long moreMessages, long moreBytes) {
    TopicLimits limits = topic.settings().limits();
    Delays delays = store.delayed().delays();
    long allMessages = thereMessages + delays.messages() + moreMessages;
    long allBytes = thereBytes + delays.bytes() + moreBytes;
    return (moreMessages <= 0 || isWithin(allMessages, limits.messagesMax()))
        && (moreBytes <= 0 || isWithin(allBytes, limits.bytesMax()));
  }

  /** Whether this amount is within a bound; 0 means no bound. */
  static boolean isWithin(long wanted, long max) {
    return max == 0 || wanted <= max;
  }

  /** The room that messages need if they replace none, or more; found without the store. */
  static Need mostOf(List<Message> published) {
    long bytes = 0;
    for (Message message : published) {
      Bytes key = message.key();
      bytes += message.payload().length() + (key == null ? 0L : key.length());
    }
    return new Need(published.size(), bytes);
  }

  /**
   * The room that messages need together, in addition to the retained ones: a keyed message takes
   * the room of the older one that it replaces.
   */
  Need needOf(List<Message> published, boolean alone) {
    Map<Bytes, Long> sizes = new HashMap<>();
    long needMessages = 0;
    long needBytes = 0;
    for (Message message : published) {
      Bytes key = topic.settings().dedupe() ? message.key() : null;
      Long older = key == null ? null : sizes.get(key);
      if (key != null && older == null && !alone) {
        KeyedMessage kept = store.find(key);
        key = kept != null && kept.isDeadLetter() ? null : key; // which is not replaced
        older = kept == null || key == null ? null : Long.valueOf(size(kept));
      }
      long size = message.payload().length() + (key == null ? 0L : key.length());
      if (key != null) {
        sizes.put(key, size);
      }
      needMessages += older == null ? 1 : 0;
      needBytes += size - (older == null ? 0 : older);
    }
    return new Need(needMessages, needBytes);
  }

  /**
   * Room that is needed.
   *
   * @param messages for this many messages
   * @param bytes for this many bytes; below 0 when the replaced message is larger
   */
  record Need(long messages, long bytes) {}
}
