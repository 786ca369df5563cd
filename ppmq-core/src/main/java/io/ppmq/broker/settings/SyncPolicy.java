package io.ppmq.broker.settings;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When commits are synced to the disk.
 *
 * @param beforeConfirm whether a confirm waits until the confirmed data is on the disk
 * @param intervalMillis the time that committed data may stay off the disk when nothing waits for
 *     it; 0 leaves it to the kernel
 */
public record SyncPolicy(boolean beforeConfirm, long intervalMillis) {
  private static final long LAZY_MILLIS = 1000;

  /**
   * Nothing is confirmed before it is on the disk; a commit without a confirm follows within a
   * second.
   */
  public static final SyncPolicy ALWAYS = new SyncPolicy(true, LAZY_MILLIS);

  /** The kernel decides. */
  public static final SyncPolicy NEVER = new SyncPolicy(false, 0);

  /** Some 290 years, as nanoseconds the most that can be waited for. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /** Confirmed at once, on the disk within {@code interval}, which is at least a millisecond. */
  public static SyncPolicy every(Duration interval) {
    Duration bounded = interval.compareTo(LONGEST) < 0 ? interval : LONGEST;
    return new SyncPolicy(false, Math.max(1, bounded.toMillis()));
  }

  // Written by hand: the JDK generates its own at the first use, which takes 20 ms.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SyncPolicy policy
        && beforeConfirm == policy.beforeConfirm
        && intervalMillis == policy.intervalMillis;
  }

  @Override
  public int hashCode() {
    return Boolean.hashCode(beforeConfirm) + Long.hashCode(intervalMillis);
  }

  /**
   * The delay of a sync: half of the configured duration. The other half is for the sync itself,
   * and for one that was under way when the commit came.
   */
  public long delayMillis() {
    return beforeConfirm ? intervalMillis : Math.max(1, intervalMillis / 2);
  }
}
