package io.ppmq.store;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the commits of a {@link Store} are kept when other machines keep them too: nobody waits for
 * them, and one is under way at a time.
 *
 * <p>What was written before {@link #begin} is under way until {@link #kept}, and everything of the
 * store shows it meanwhile as {@link Store#commit()} would leave it. What is written after it goes
 * into the next commit; {@link Store#isDirty()} tells of that alone. The writer's thread calls all
 * of it.
 */
public interface SharedCommits {
  /**
   * Begins to have everything kept that was written so far. Not to be called while a commit is
   * under way: after a call comes {@link #kept}, and then the next call. Never blocks.
   *
   * @param done called once, on any thread, perhaps before this method returns: with null when the
   *     commit is kept, durably; else with a sentence that says why nobody knows whether it is.
   *     Then this store is at its end, and nothing more is to be written to it
   */
  void begin(Consumer<@Nullable String> done);

  /** What was begun is in the store, and need not be remembered beside it any more. */
  void kept();
}
