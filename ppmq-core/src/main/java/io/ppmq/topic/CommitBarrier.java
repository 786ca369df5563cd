package io.ppmq.topic;

/**
 * The id up to which all published messages are committed, in all topics of a broker. Messages and
 * versions from there on are not chosen, because the store might still lose them. They are in their
 * queues nevertheless, and can be acknowledged, replaced, expire and be evicted; they only wait.
 * Owned by the thread that owns the topics.
 */
public final class CommitBarrier {
  private static final long NOWHERE = Long.MAX_VALUE;

  private long committedUpTo = NOWHERE;
  private boolean versionWaits;

  /** Only messages with a lower id than this are committed. */
  public void committedUpTo(long id) {
    committedUpTo = id;
  }

  /** Everything is committed. */
  public void lift() {
    committedUpTo = NOWHERE;
  }

  /** Whether anything may be uncommitted. */
  public boolean holdsAny() {
    return committedUpTo != NOWHERE;
  }

  boolean holds(long id) {
    return id >= committedUpTo;
  }

  /**
   * No batch could be chosen, since the first version is not committed. When it is, there may be a
   * newer one by then, and so on.
   */
  void versionWaits() {
    versionWaits = true;
  }

  /** Whether that happened since the last call. */
  public boolean takeVersionWaits() {
    boolean waited = versionWaits;
    versionWaits = false;
    return waited;
  }
}
