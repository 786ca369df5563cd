package io.ppmq.cli.serve;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks systemd for more time during a long start, such as opening a store with a long log, so that
 * {@code TimeoutStartSec=} of the unit does not bound the size of a store. A start without progress
 * gets no more time: systemd then ends it.
 */
final class LongStart implements AutoCloseable {
  /**
   * The time between two checks. systemd takes the first request only within {@code
   * TimeoutStartSec=}, which may be a few seconds.
   */
  static final long LOOK_MILLIS = 2000;

  /** How long systemd waits after each request. */
  static final long EXTENSION_MICROS = TimeUnit.SECONDS.toMicros(60);

  /** How long the end of the start waits for a request that hangs. */
  private static final long CLOSE_MILLIS_MAX = 2000;

  /** A start that has asked this often takes long. */
  private static final int LONG_ASKED = 5;

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final long lookMillis;
  private final BooleanSupplier gotOn;
  private final Runnable ask;
  private final Thread thread = new Thread(this::run, "ppmq-start");

  private LongStart(long lookMillis, BooleanSupplier gotOn, Runnable ask) {
    this.lookMillis = lookMillis;
    this.gotOn = gotOn;
    this.ask = ask;
  }

  /**
   * Checks from now on, on its own thread, until it is closed.
   *
   * @param gotOn whether there was progress since its last call
   * @param ask asks for more time
   */
  static LongStart watch(long lookMillis, BooleanSupplier gotOn, Runnable ask) {
    LongStart start = new LongStart(lookMillis, gotOn, ask);
    start.thread.setDaemon(true);
    start.thread.start();
    return start;
  }

  private void run() {
    int asked = 0;
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(lookMillis);
        if (gotOn.getAsBoolean()) {
          ask.run();
          asked++;
          if (asked == LONG_ASKED) {
            LOG.info("still starting: a large store takes its time to open");
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The start has succeeded or failed; nothing more is asked after this. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(CLOSE_MILLIS_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
