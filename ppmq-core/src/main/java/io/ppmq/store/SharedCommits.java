package io.ppmq.store;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the commits of a {@link Store} are kept when other machines keep them too: no thread waits
 * for them, and one is under way at a time.
 *
 * <p>A store that has this shows in all of its methods, and those of its {@link TopicStore}s,
 * everything that was written to it, whether a commit keeps it yet or not: {@link TopicStore#read},
 * {@link TopicStore#around}, {@link TopicStore#last} and {@link TopicStore#keyed} too, which in a
 * store of one machine need not see uncommitted data. So its broker never needs a commit in the
 * middle of a turn. The writer's thread calls all of this.
 */
public interface SharedCommits {
  /**
   * How large a value may be, with the data kept beside each of its messages: it is one commit, and
   * each machine has to hold that several times in memory.
   */
  long VALUE_BYTES_MAX = 20L << 20;

  /**
   * Begins one commit with everything that was written so far; later writes go into the next
   * commit, and {@link Store#isDirty()} is about those alone. Not to be called while a commit is
   * under way: {@link #kept} comes first. Never blocks.
   *
   * @param done called once, on any thread, perhaps before this method returns: with null when the
   *     commit is kept, durably; else with a sentence that says why it is not known whether it is.
   *     Then this store is at its end, and nothing more is to be written to it
   */
  void begin(Consumer<@Nullable String> done);

  /** The begun commit is in the store, and need not be remembered beside it any more. */
  void kept();
}
