package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * One topic's part of a {@link Store}.
 *
 * <p>A topic has one log per priority: entries in the order of their ids, read from a cursor and
 * dropped from the front. A topic with dedupe also stores its messages under their keys, and its
 * logs hold only their places. Delayed messages lie beside the logs, in the order of their moments.
 *
 * <p>All methods are called on the writer thread. Changes take effect with {@link Store#commit()};
 * {@link #find} sees a keyed message as the commit being collected leaves it, {@link #read} and
 * {@link #last} need not see uncommitted data. Every method may throw {@link StoreException} when
 * the disk refuses or its content is damaged; a change that threw was not made.
 */
public interface TopicStore {
  /** The bytes of payload after which {@link #keyed} returns no further message. */
  int KEYED_BYTES = 256 << 10;

  /** The priorities whose logs hold an entry, highest first. */
  SortedSet<Integer> priorities();

  /**
   * Adds an entry to the end of a priority's log. Its ids are above all that the log ever held. An
   * entry that expires is also put on the list of {@link Store#expiring}.
   */
  void append(int priority, Entry entry);

  /**
   * The entries of a priority's log whose first id is {@code from} or above, in order: at most
   * {@code entriesMax}, and no more once they add up to {@code bytesMax} bytes, but at least one if
   * there is any. Data below {@code from} is not touched, so consumed entries cost nothing.
   */
  List<Entry> read(int priority, long from, int entriesMax, long bytesMax);

  /**
   * The entry of a priority's log that would hold the message with this id: the last one whose
   * first id is {@code id} or below, and {@code from} or above; null when there is none. Data below
   * {@code from} is not touched.
   */
  @Nullable Entry around(int priority, long from, long id);

  /**
   * Puts an entry in the place of {@code before}, which {@link #around} last returned and which has
   * the same first id and the same expiry; removes it for null. {@link #read} and {@link #around}
   * see it at once.
   */
  void replace(int priority, Entry before, @Nullable Entry after);

  /** The last entry of a priority's log; null when the log is empty. */
  @Nullable Entry last(int priority);

  /** Removes the entry whose first id is {@code id}; nothing happens when there is none. */
  void remove(int priority, long id, long expiresAtMillis);

  /**
   * Drops every entry whose first id is {@code from} or above and below {@code to}. The cost does
   * not depend on their number, unless some of them expire.
   */
  void drop(int priority, long from, long to);

  /** The message kept under this key; null when there is none. */
  @Nullable KeyedMessage find(Bytes key);

  /**
   * Keeps a message under its key, in the place of {@code before}, the last result of {@link #find}
   * for that key. One that expires is also put on the list of {@link Store#expiring}.
   */
  void keep(@Nullable KeyedMessage before, KeyedMessage message);

  /** Forgets a message that {@link #find} returned. */
  void forget(KeyedMessage message);

  /**
   * Keyed messages in the order of their keys, as the last commit left them: at most {@code max}
   * after the key {@code after}, or from the first on for null; fewer where they are large, and
   * none only at the end.
   */
  List<KeyedMessage> keyed(@Nullable Bytes after, int max);

  /** The retained amount of the topic, as last noted; null when it is not counted. */
  @Nullable Retained retained();

  /** Notes the retained amount of the topic; null when it is not counted any more. */
  void saveRetained(@Nullable Retained retained);

  /**
   * The approximate disk space in bytes of the entries of a priority's log whose first id is {@code
   * from} or above; 0 if nothing is stored on a disk. The cost does not depend on their number.
   */
  default long diskBytes(int priority, long from) {
    return 0;
  }

  /** The approximate disk space of all keyed messages in bytes. */
  default long keyedDiskBytes() {
    return 0;
  }

  /** Whether there is any keyed message. */
  boolean holdsKeyed();

  /** Forgets all keyed messages. The cost does not depend on their number. */
  void forgetKeyed();

  /** Its delayed messages. The same object every time. */
  DelayedMessages delayed();

  /** The progress of each subscriber that this topic ever had, by name. */
  Map<String, Progress> progress();

  /** Stores the progress of a subscriber, and replaces the earlier one. */
  void save(String subscriber, Progress progress);

  /** Forgets the progress of a subscriber, as if it had never been one of the topic's. */
  void forget(String subscriber);
}
