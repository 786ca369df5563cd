package io.ppmq.cli.output;

import io.ppmq.server.Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of a broker, on its way to stderr. A pipe that is not read becomes full, and a thread
 * that writes to it then waits; a broker must not. So a thread of its own does the writing. It
 * exists only while there is something to log, and for a moment after that.
 *
 * <p>As long as the reader keeps up, a line is written when {@link #flush} returns. Once that takes
 * too long, no thread waits for it until everything is written: lines wait in memory, up to {@link
 * #WAITING_BYTES_MAX}, and those for which there is no room are dropped and counted. Safe to share
 * between threads.
 */
final class LogStream extends OutputStream {
  static final int WAITING_BYTES_MAX = 64 << 10;

  /** How long a line may hold up the thread that logs it. */
  private static final long FLUSH_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(100);

  /** How long the end of the process may wait for lines. */
  private static final long CLOSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(500);

  /** How long the thread waits for more before it ends. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final byte[] NOTHING = {};

  private final OutputStream out;
  private final LongConsumer dropping;

  /** The line that is being put together, and whole lines that no thread has begun to write. */
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private @Nullable Thread thread;
  private boolean written = true;
  private boolean stalled;
  private long dropped;

  /**
   * A stream with nothing in it.
   *
   * @param out where the lines go; may block
   * @param dropping is told, when lines can be written again, how many were dropped; may log that
   */
  LogStream(OutputStream out, LongConsumer dropping) {
    this.out = out;
    this.dropping = dropping;
  }

  // ---- the threads that log -------------------------------------------------------------------

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      line.write(bytes[i]);
      if (bytes[i] == '\n') {
        lineEnds();
      }
    }
  }

  private void lineEnds() {
    if (waiting.size() + line.size() > WAITING_BYTES_MAX) {
      dropped++;
    } else {
      waiting.writeBytes(line.toByteArray());
      written = false;
      notifyAll();
    }
    line.reset();
    if (thread == null) {
      thread = new Thread(this::writeOut, "ppmq-log");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Waits until logged lines are written, but not for long. The thread that reads all connections
   * never waits.
   */
  @Override
  public synchronized void flush() {
    Thread current = Thread.currentThread();
    if (!stalled && current != thread && !current.getName().equals(Server.READING_THREAD)) {
      stalled = !await(() -> written, FLUSH_NANOS_MAX);
    }
  }

  /** Gives waiting lines a last moment to be written; the process ends after that. */
  @Override
  public synchronized void close() {
    await(() -> written, CLOSE_NANOS_MAX);
  }

  private synchronized boolean await(BooleanSupplier done, long nanosMax) {
    long deadlineNanos = System.nanoTime() + nanosMax;
    try {
      long left = nanosMax;
      while (!done.getAsBoolean() && left > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
        left = deadlineNanos - System.nanoTime();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return done.getAsBoolean();
  }

  // ---- the thread -----------------------------------------------------------------------------

  private void writeOut() {
    for (byte[] lines = next(); lines.length > 0; lines = next()) {
      pass(lines);
      sayDropped();
    }
  }

  private void pass(byte[] lines) {
    try {
      out.write(lines);
    } catch (IOException e) {
      // stderr is gone, and with it the place where that could be said
    }
  }

  /** The lines to be written next; none when there were none for a while. */
  private synchronized byte[] next() {
    if (waiting.size() == 0) {
      written = true;
      stalled = false;
      notifyAll();
      await(() -> waiting.size() > 0, IDLE_NANOS);
    }
    byte[] lines = waiting.size() > 0 ? waiting.toByteArray() : NOTHING;
    waiting.reset();
    if (lines.length == 0) {
      thread = null;
    }
    return lines;
  }

  /** While it is stalled, so that another thread that logs meanwhile does not wait for this. */
  private void sayDropped() {
    long count;
    synchronized (this) {
      count = waiting.size() == 0 ? dropped : 0;
      dropped -= count;
    }
    if (count > 0) {
      dropping.accept(count);
    }
  }
}
