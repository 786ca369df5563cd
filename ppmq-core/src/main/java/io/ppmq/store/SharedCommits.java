package io.ppmq.store;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The commits of a {@link Store} whose commits other machines keep too: no thread waits for them,
 * and one is under way at a time.
 *
 * <p>A store that has this shows in all of its methods, and those of its {@link TopicStore}s,
 * everything that was written to it, whether a commit keeps it yet or not: {@link TopicStore#read},
 * {@link TopicStore#around}, {@link TopicStore#last} and {@link TopicStore#keyed} too, which in a
 * store of one machine need not see uncommitted data. So its broker never needs a commit in the
 * middle of a turn. The writer's thread calls all of this.
 */
public interface SharedCommits {
  /**
   * The largest size of a value, with the data beside each of its messages: it is one commit, which
   * each machine has in memory several times.
   */
  long VALUE_BYTES_MAX = 20L << 20;

  /**
   * Begins one commit with everything that was written so far; later writes go into the next
   * commit, and {@link Store#isDirty()} is about those alone. Not to be called while a commit is
   * under way: {@link #kept} comes first. Never blocks.
   *
   * @param done called once, on any thread, perhaps before this method returns: with null when the
   *     commit is kept, durably; else with a sentence that says why this is not known. Then this
   *     store is at its end, and nothing more may be written to it
   */
  void begin(Consumer<@Nullable String> done);

  /** The begun commit is in the store, and need not be held beside it any more. */
  void kept();
}
