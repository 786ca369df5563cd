package io.ppmq.broker.turn;

/**
 * The bytes from the {@link Inbox} that were applied and wait for their commit. The inbox bounds
 * them until then. Owned by the writer's thread.
 */
public final class InboxBytes {
  private final Inbox inbox;
  private long uncommitted;

  public InboxBytes(Inbox inbox) {
    this.inbox = inbox;
  }

  /** A submission of this size was applied. */
  public void applied(long bytes) {
    uncommitted += bytes;
  }

  /** A submission of this size waits for no commit. */
  public void left(long bytes) {
    inbox.committed(bytes);
  }

  /** The bytes applied so far, separate from later ones. */
  public long take() {
    long taken = uncommitted;
    uncommitted = 0;
    return taken;
  }

  /** The bytes applied until now wait for no commit any more, or for one that is tried again. */
  public void committed() {
    inbox.committed(take());
  }
}
