package io.ppmq.broker.commit;

import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * The time from a commit that failed until everything is committed again.
 *
 * <p>The commit that ends it keeps the changes made meanwhile: acknowledgements are taken and
 * answered then, up to a bound. Publishes wait, so that a short outage loses no message. When it
 * lasts, or too many wait, they are refused, so that they do not stand in the way of
 * acknowledgements. Owned by the writer's thread.
 */
public final class Outage {
  private static final long RETRY_NANOS = 200_000_000L;

  /** The time that publishes wait before they are refused. */
  static final long PATIENCE_NANOS = 2_000_000_000L;

  /** Publishes that may wait; half of the inbox, so that acknowledgements get past them. */
  private static final long HELD_BYTES_MAX = Inbox.BYTES_MAX / 2;

  /**
   * The bound of acknowledgements that are taken; their keyed messages are kept until the commit.
   */
  private static final long TAKEN_BYTES_MAX = 4 << 20;

  private final List<Submission> held = new ArrayList<>();
  private boolean on;
  private String reason = "";
  private ErrorCode code = ErrorCode.UNAVAILABLE;
  private long sinceNanos;
  private long retryAtNanos;
  private long heldBytes;
  private long takenBytes;

  public boolean isOn() {
    return on;
  }

  /** A commit failed; false when the outage exists already. */
  boolean begin(StoreException why, long nowNanos) {
    boolean first = !on;
    if (first) {
      on = true;
      sinceNanos = nowNanos;
    }
    reason = why.sentence();
    code = code(why);
    retryAtNanos = nowNanos + RETRY_NANOS;
    return first;
  }

  /** Everything is committed again; {@link #takeHeld} gives out the held submissions. */
  void end() {
    on = false;
    takenBytes = 0;
  }

  /** The time until the commit is to be tried again, at least 0. */
  long nanosToRetry(long nowNanos) {
    return Math.max(0, retryAtNanos - nowNanos);
  }

  /** The refusal of publishes while it lasts. */
  public RefusedException refusal() {
    return new RefusedException(code, "the store refuses it: " + reason);
  }

  /** The code for a request that the store refuses before anything is changed. */
  public static ErrorCode code(StoreException e) {
    return e.isFull() ? ErrorCode.DISK_FULL : ErrorCode.UNAVAILABLE;
  }

  /** The reason for a publish that is in the commit that fails and may yet succeed. */
  public String doubt() {
    return "the store has not accepted it so far, and may still: " + reason;
  }

  // ---- publishes ------------------------------------------------------------------------------

  /** Holds a publish until the end; false when it must be refused. */
  public boolean hold(Submission publish, long nowNanos) {
    if (isLong(nowNanos) || heldBytes + publish.bytes() > HELD_BYTES_MAX) {
      return false;
    }
    heldBytes += publish.bytes();
    return held.add(publish);
  }

  /** Whether it lasts too long for anything to wait for its end. */
  public boolean isLong(long nowNanos) {
    return nowNanos - sinceNanos >= PATIENCE_NANOS;
  }

  /** The submissions that were held, in order; they are not held any more. */
  public List<Submission> takeHeld() {
    if (held.isEmpty()) {
      return List.of();
    }
    List<Submission> taken = List.copyOf(held);
    held.clear();
    heldBytes = 0;
    return taken;
  }

  // ---- acknowledgements -----------------------------------------------------------------------

  /** A change was applied that the commit which ends the outage will keep. */
  public void took(int bytes) {
    takenBytes += bytes;
  }

  /** Whether more can be taken in. */
  boolean hasRoom() {
    return takenBytes < TAKEN_BYTES_MAX;
  }
}
