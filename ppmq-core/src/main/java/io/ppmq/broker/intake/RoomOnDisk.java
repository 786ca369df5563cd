package io.ppmq.broker.intake;

import io.ppmq.broker.commit.IdSequence;
import io.ppmq.broker.commit.Outage;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * Decides before anything is changed whether a publish can be taken: the store has room for it, and
 * ids can be given to its messages. Owned by the writer's thread.
 *
 * <p>The room is checked again every {@value #LOOK_NANOS} ns while messages come, and whenever the
 * bytes that came may have used it up.
 */
public final class RoomOnDisk {
  private static final long LOOK_NANOS = 50_000_000L;
  private static final long LOOK_BYTES = 256 << 10;

  private final Store store;
  private final IdSequence ids;
  private final BrokerEvents events;
  private boolean shut;
  private boolean looked;
  private @Nullable String shortage;
  private long lookedAtNanos;
  private long bytesSinceLook;

  public RoomOnDisk(Store store, IdSequence ids, BrokerEvents events) {
    this.store = store;
    this.ids = ids;
    this.events = events;
  }

  /** The refusal of this many messages of this many bytes; null when there is none. */
  public @Nullable RefusedException refusal(int messages, int bytes, long nowNanos) {
    look(bytes, nowNanos);
    String loss = store.loss();
    if (loss != null) {
      return refused(ErrorCode.UNAVAILABLE, loss);
    }
    if (shortage != null) {
      return refused(ErrorCode.DISK_FULL, shortage);
    }
    try {
      ids.reserve(messages);
    } catch (StoreException e) {
      return refused(Outage.code(e), e.sentence());
    }
    if (shut) {
      shut = false;
      events.publishesAccepted();
    }
    return null;
  }

  private void look(int bytes, long nowNanos) {
    bytesSinceLook += bytes;
    if (!looked || bytesSinceLook >= LOOK_BYTES || nowNanos - lookedAtNanos >= LOOK_NANOS) {
      looked = true;
      lookedAtNanos = nowNanos;
      bytesSinceLook = 0;
      shortage = store.shortage(bytes);
    }
  }

  private RefusedException refused(ErrorCode code, String reason) {
    if (!shut) {
      shut = true;
      events.publishesRefused(reason);
    }
    return new RefusedException(code, reason);
  }
}
