package io.ppmq.store;

import java.nio.file.Path;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Stores the data that must survive: messages, and the progress of each subscriber.
 *
 * <p>Changes are collected and take effect together: everything written through this store and its
 * {@link TopicStore}s since the last {@link #commit()} is one commit, whole or not at all. A commit
 * survives the death of the process; a commit before a {@link #sync()} that returned survives the
 * loss of power.
 *
 * <p>One thread, the writer, calls every method except {@link #sync()}, {@link #reclaim()}, {@link
 * #copyTo} and {@link #diskBytes()}, which any thread may call at any time until {@link #close()}
 * is called. The caller makes sure that no such call is under way when it closes the store.
 */
public interface Store extends AutoCloseable {
  /**
   * The part of the store that belongs to the topic of this name; empty when the name is new. The
   * name is not checked. The same object for the same name, every time.
   *
   * @throws StoreException when the topic's part cannot be read
   */
  TopicStore topic(String name);

  /**
   * The first id that this store never handed out, in any process that ever had it open: at least
   * one above every id reserved before.
   */
  long firstFreeId();

  /**
   * Notes permanently that ids below {@code upTo} may be in use. Durable, against loss of power
   * too, when it returns; not part of the commit being collected.
   *
   * @throws StoreException when it could not be made durable; ids above the last reservation that
   *     succeeded must not be used
   */
  void reserveIds(long upTo);

  /**
   * A word that is different in every store ever made, for keys that no producer uses: 8 letters
   * and digits, the same for as long as the store exists.
   */
  String nonce();

  /** The names of all topics that were ever written to. */
  SortedSet<String> topics();

  /**
   * The words that were marked and not unmarked, as the commit being collected leaves them: a place
   * for the few things that are switched on and off while the broker runs.
   */
  SortedSet<String> marks();

  /** Adds a word to the {@link #marks} with the next commit; does nothing if it is marked. */
  void mark(String word);

  /**
   * Removes a word from the {@link #marks} with the next commit; does nothing if it is not marked.
   */
  void unmark(String word);

  /**
   * The reason why no messages should be written now, in one sentence with the figures: the disk
   * has less free space than must remain, or not enough for this many bytes. Null when there is
   * space, and for a store that needs none. In any case everything else can be written. A call is
   * cheap.
   */
  default @Nullable String shortage(long bytes) {
    return null;
  }

  /** The bytes of the disk that {@link #shortage} leaves to others; 0 if it leaves none. */
  default long minFreeBytes() {
    return 0;
  }

  /**
   * The removed files of the store, in one sentence; null while nothing is known to be missing.
   * Commits then would be lost, so they fail until all files are back. Costs nothing.
   */
  default @Nullable String loss() {
    return null;
  }

  /**
   * The first damage of stored data that was found since the store was opened, in one sentence;
   * null while none was. Costs nothing; any thread may ask.
   */
  default @Nullable String damage() {
    return null;
  }

  /** Whether anything was written since the last commit. */
  boolean isDirty();

  /**
   * Makes everything written since the last commit take effect, together. When it returns it
   * survives the death of the process. Blocks for the write, not for the disk.
   *
   * @throws StoreException when nothing of it took effect. The changes are still held: calling
   *     again tries the same commit once more
   */
  void commit();

  /**
   * The commits that other machines keep too; then {@link #commit()} and {@link #sync()} are not
   * called. Null for a store of one machine. Called once, before any other method.
   */
  default @Nullable SharedCommits shared() {
    return null;
  }

  /**
   * Puts everything whose commit returned before this call on the disk. Blocks for the disk.
   *
   * @throws StoreException when it is unknown how much of it is on the disk
   */
  void sync();

  /**
   * The stored items that expire at {@code nowMillis} or before, in the order of their moments, at
   * most {@code max} of them. Each is reported until it is forgotten or removed.
   */
  java.util.List<Expiring> expiring(long nowMillis, int max);

  /**
   * The moment at which the next stored item expires, in milliseconds since the epoch; {@link
   * Entry#NEVER} if none does. Never later than the truth; cheap.
   */
  long nextExpiryMillis();

  /**
   * Takes one of the reported items off the list, whether it still exists or not: for items that
   * are gone already or whose topic no longer lets them expire.
   */
  void dismiss(Expiring expiring);

  /**
   * Gives back the disk space of dropped and removed data, as far as that is worthwhile now. May
   * take long and does not delay the writer; called every second or so.
   *
   * @throws StoreException when the disk refuses; nothing is lost
   */
  void reclaim();

  /**
   * Copies everything committed so far, and perhaps more, to another directory, from which a store
   * can be opened. The copy is on the disk when it returns. Any thread may call it, one at a time;
   * it may take long, and holds up the writer for a moment only.
   *
   * @param directory absolute; does not exist, or is empty
   * @return the size of the copy in bytes
   * @throws StoreException when it cannot be made; nothing is left in the directory
   */
  default long copyTo(Path directory) {
    throw new StoreException("this broker keeps its messages in memory: nothing can be copied");
  }

  /** The disk space of the store now, in bytes; 0 for a store that keeps nothing there. */
  long diskBytes();

  /** The total size of the disk in bytes; 0 if there is none. */
  default long diskCapacityBytes() {
    return 0;
  }

  /** Closes the store without a commit, after its own background work has ended. */
  @Override
  void close();
}
