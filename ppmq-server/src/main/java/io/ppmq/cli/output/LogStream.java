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
 * The log of a broker, on its way to stderr. A thread that writes to a full pipe waits until the
 * pipe is read, and a broker must not wait for that. So a separate thread writes the log. It exists
 * only while there is something to log, and for a moment after that.
 *
 * <p>As long as the reader keeps up, a line is written when {@link #flush} returns. After a flush
 * that took too long, threads no longer wait, until everything is written: lines stay in memory, up
 * to {@link #WAITING_BYTES_MAX}, and lines beyond that are dropped and counted. Safe to share
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

  /** The unfinished line, and whole lines that no thread has begun to write. */
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private @Nullable Thread thread;
  private boolean written = true;
  private boolean stalled;
  private long dropped;

  /**
   * A stream with nothing in it.
   *
   * @param out takes the lines; may block
   * @param dropping takes the number of dropped lines when lines can be written again; may log it
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
   * Waits a short time until logged lines are written. The thread that reads all connections never
   * waits.
   */
  @Override
  public synchronized void flush() {
    Thread current = Thread.currentThread();
    if (!stalled && current != thread && !current.getName().equals(Server.READING_THREAD)) {
      stalled = !await(() -> written, FLUSH_NANOS_MAX);
    }
  }

  /** Waits a last moment for waiting lines to be written; the process ends after that. */
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
      // stderr is gone, so there is no place to report it
    }
  }

  /** The next lines to write; empty if there were none for a while. */
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

  /**
   * Called while the stream is stalled, so that another thread that logs does not wait for this.
   */
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
