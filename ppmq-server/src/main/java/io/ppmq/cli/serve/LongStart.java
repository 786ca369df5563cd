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
  /** The time between two checks. */
  static final long LOOK_MILLIS = 10_000;

  /** How long systemd waits after each request. */
  static final long EXTENSION_MICROS = TimeUnit.SECONDS.toMicros(60);

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
    boolean said = false;
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(lookMillis);
        if (gotOn.getAsBoolean()) {
          ask.run();
          if (!said) {
            LOG.info("still starting: a large store takes its time to open");
          }
          said = true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The start has succeeded or failed. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
