package io.ppmq.cli.serve;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks systemd for more time while a start takes long, as opening a store with a long log does, so
 * that {@code TimeoutStartSec=} of the unit is no bound on the size of a store. A start that gets
 * nowhere gets no more time: systemd ends it then.
 */
final class LongStart implements AutoCloseable {
  /** How often it is checked. */
  static final long LOOK_MILLIS = 10_000;

  /** How long systemd waits after each time it was asked. */
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
   * Looks from now on, on a thread of its own, until it is closed.
   *
   * @param gotOn whether anything was done since this was last asked
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

  /** The start is over, one way or the other. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
