package io.ppmq.broker.commit;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.DurationCounts;
import io.ppmq.broker.turn.Turn;

/**
 * The commit: it keeps the changes since the last one, all of them or none, and tells the callers
 * that wait for it. It has a beginning and an end: with a store of one machine the end comes at
 * once, or there is an {@link Outage} until it does ({@link LocalCommit}); where other machines
 * keep it too, turns go on until it does ({@link SharedCommit}). Which of the two it is never
 * changes.
 *
 * <p>It alone moves the {@link io.ppmq.topic.CommitBarrier}, so that nothing is chosen before its
 * commit has come to its end. Owned by the writer's thread.
 */
public interface Commit {
  /** The answers that wait for the next commit. */
  Answers answers();

  /** The durations of successful commits. */
  DurationCounts durations();

  /** The number of commits that have begun; one that fails on this machine does not count. */
  long begun();

  // ---- in the order of a turn -----------------------------------------------------------------

  /** Whether the next turn can take tasks. */
  boolean takesTasks();

  /** Whether a large value is to be added in this turn: nothing else that is large is then. */
  void expectsLarge(boolean expects);

  /** Counts bytes of messages that were added to the next commit. */
  void added(long bytes);

  /**
   * Whether the next commit takes more messages: one value, one large message, or a portion. Other
   * machines take no commit of any size.
   */
  boolean hasRoom();

  /**
   * Checks, at the beginning of a turn, the outcome of a commit that earlier turns began.
   *
   * @return whether it has come to its end now, so that more may be sent
   * @throws NotKeptException when its outcome is not known
   */
  boolean cameToItsEnd(Turn turn);

  /** Whether a commit that an earlier turn began has not ended. */
  boolean isBehind();

  /** Whether everything that earlier turns did is committed. Nothing is behind then. */
  boolean isCommitted();

  /**
   * Makes the store show the changes of this turn so far, because later steps read them.
   *
   * @return false when that fails; then there is an outage
   */
  boolean show(Turn turn);

  /**
   * Messages published in this turn are not chosen from now on. To be called when no commit is
   * behind.
   */
  void holdBack();

  /**
   * Commits all changes at the end of a turn, or begins to.
   *
   * @return whether that ended an outage; then the submissions held during it go on in another turn
   */
  boolean atEndOf(Turn turn);

  /**
   * The time for which the commit needs no turn; {@code next} if it needs none sooner.
   *
   * @param takesTasks whether the next turn can take tasks, also in the eyes of the writer
   */
  long nanosToNext(Turn turn, boolean takesTasks, long next);

  // ---- the end of the broker ------------------------------------------------------------------

  /** Commits everything for the last time, and waits for it. */
  void last(Turn turn);

  /** Commits nothing any more, and tells the waiting callers the outcome. */
  void abandon(RefusedException why);
}
