package io.ppmq.store;

import java.nio.file.Path;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the data that must survive: messages, and how far each subscriber has come with them.
 *
 * <p>Changes are collected and take effect together: everything written through this store and its
 * {@link TopicStore}s since the last {@link #commit()} is one commit, all of it or none. A commit
 * survives the death of the process; a commit before a {@link #sync()} that returned survives the
 * loss of power.
 *
 * <p>One thread, the writer, calls everything but {@link #sync()}, {@link #reclaim()}, {@link
 * #copyTo} and {@link #diskBytes()}, which any thread may call at any time until {@link #close()}
 * is called. The caller sees to it that no such call is under way when it closes.
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
   * The first id that was never handed out by this store, by any process that ever had it open: at
   * least one above every id reserved before.
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

  /** Keeps a word among the {@link #marks} with the next commit; nothing happens when it is one. */
  void mark(String word);

  /** Takes a word off the {@link #marks} with the next commit; nothing happens when it is none. */
  void unmark(String word);

  /**
   * Why no messages should be written now, when the disk has less room than it is to be left, or
   * not enough for this many bytes: one sentence with the figures. Null when there is room, and for
   * a store that needs none. Whatever it says, everything else can be written. A call is cheap.
   */
  default @Nullable String shortage(long bytes) {
    return null;
  }

  /** How many bytes of the disk {@link #shortage} leaves to others; 0 where it leaves none. */
  default long minFreeBytes() {
    return 0;
  }

  /**
   * Which of its own files the store lacks, because they were removed, in one sentence; null while
   * nothing is known to be missing. Whatever was committed then would be lost, so commits fail
   * until all is back. Costs nothing.
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
   * How commits are kept when other machines keep them too: then {@link #commit()} and {@link
   * #sync()} are not called. Null for a store of one machine. Asked once, before anything else.
   */
  default @Nullable SharedCommits shared() {
    return null;
  }

  /**
   * Puts everything whose commit returned before this call on the disk. Blocks for the disk.
   *
   * @throws StoreException when nothing is known about how much of it is on the disk
   */
  void sync();

  /**
   * The earliest moments at which something kept expires: the things due at {@code nowMillis} or
   * before, in the order of their moments, at most {@code max} of them. Each is reported until it
   * is forgotten or removed.
   */
  java.util.List<Expiring> expiring(long nowMillis, int max);

  /**
   * When the next kept thing expires, in milliseconds since the epoch; {@link Entry#NEVER} when
   * nothing kept does. Never later than the truth; cheap.
   */
  long nextExpiryMillis();

  /**
   * Takes one of the reported moments off the list, whether the thing still exists or not: for
   * things that are gone already or whose topic no longer lets them expire.
   */
  void dismiss(Expiring expiring);

  /**
   * Gives back the disk space of dropped and removed things, as far as that is worthwhile now. May
   * take long and does not hold up the writer; called every second or so.
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
   * @return how many bytes the copy has
   * @throws StoreException when it cannot be made; nothing is left in the directory
   */
  default long copyTo(Path directory) {
    throw new StoreException("this broker keeps its messages in memory: nothing can be copied");
  }

  /** The disk space of the store now, in bytes; 0 for a store that keeps nothing there. */
  long diskBytes();

  /** How many bytes the disk has room for in all, in use or not; 0 where there is none. */
  default long diskCapacityBytes() {
    return 0;
  }

  /** Closes the store without a commit, after its own background work has ended. */
  @Override
  void close();
}
