package io.ppmq.broker.commit;

import io.ppmq.store.Expiring;
import java.util.HashSet;
import java.util.Set;

/**
 * Expired items that could not be read. The store reports them first, again and again; so they rest
 * for a while, and the items behind them have their turn. Owned by the writer's thread.
 */
final class UnreadableExpiring {
  private static final long RETRY_NANOS = 10_000_000_000L;

  /** As many may rest; where there are more, those behind them wait until some can be read. */
  private static final int RESTING_MAX = 10_000;

  private final Set<Expiring> resting = new HashSet<>();
  private long retryAtNanos;

  /** The number of items that rest. */
  int count() {
    return resting.size();
  }

  /** Lets all of them be read again, if it is time. */
  void comeAgain(long nowNanos) {
    if (!resting.isEmpty() && nowNanos - retryAtNanos >= 0) {
      resting.clear();
    }
  }

  /** Whether nothing is read for it at present. */
  boolean rests(Expiring expiring) {
    return !resting.isEmpty() && resting.contains(expiring);
  }

  /** It could not be read, and rests. */
  void rest(Expiring expiring, long nowNanos) {
    if (resting.isEmpty()) {
      retryAtNanos = nowNanos + RETRY_NANOS;
    }
    if (resting.size() < RESTING_MAX) {
      resting.add(expiring);
    }
  }
}
