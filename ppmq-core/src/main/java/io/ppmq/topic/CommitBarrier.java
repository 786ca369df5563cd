package io.ppmq.topic;

/**
 * Up to which id everything that was published is committed, in all topics of a broker. Messages
 * and versions from there on are not chosen, because the store might still lose them. They are in
 * their queues nevertheless, and can be acknowledged, replaced, expire and be evicted; they only
 * wait. Owned by the thread that owns the topics.
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

  /** Whether anything may be not committed. */
  public boolean holdsAny() {
    return committedUpTo != NOWHERE;
  }

  boolean holds(long id) {
    return id >= committedUpTo;
  }

  /**
   * A batch was to be chosen, and there is none, since the version that comes first is not
   * committed. When the version is, there may be a newer one by then, and so on.
   */
  void versionWaits() {
    versionWaits = true;
  }

  /** Whether that was so since this was asked last. */
  public boolean takeVersionWaits() {
    boolean waited = versionWaits;
    versionWaits = false;
    return waited;
  }
}
