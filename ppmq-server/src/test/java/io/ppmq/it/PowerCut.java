package io.ppmq.it;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;

/** Ends a broker like a loss of power: all or some unsynced data is gone. */
final class PowerCut implements Torture.Death {
  private final Duration window;
  private ForgetfulDisk disk;
  private long struckNanos;

  /**
   * A loss of power.
   *
   * @param window the age from which confirmed messages are safe; zero with {@code Sync: always}
   */
  PowerCut(Duration window) {
    this.window = window;
  }

  @Override
  public Map<String, String> environment(Site site) throws IOException {
    if (disk == null) {
      disk = new ForgetfulDisk(site.data());
    }
    return disk.environment();
  }

  @Override
  public void strike(Site site) {
    struckNanos = System.nanoTime();
    site.broker().kill();
  }

  @Override
  public void after(Site site, Ledger ledger, Random random) throws IOException {
    ForgetfulDisk.Mercy mercy =
        random.nextBoolean() ? ForgetfulDisk.Mercy.NONE : ForgetfulDisk.Mercy.CHANCE;
    long slowestSyncNanos = disk.cut(struckNanos, mercy, random);
    // a disk that takes longer than half of the duration can not be promised for: what came while
    // one sync was under way waits for the whole of the next
    long lostNanos = Math.max(window.toNanos(), 2 * slowestSyncNanos);
    ledger.cut(window.isZero() ? Long.MAX_VALUE : struckNanos - lostNanos);
  }
}
