package io.ppmq.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Semaphore;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The confirms of a run of a producer: bounds the number of values that await a confirm, and notes
 * the time of each. Its own thread reads them, and ends after the last one.
 */
final class Confirms {
  private static final int LINE_BYTES_MAX = 64 << 10;
  private static final int NUMBER_AT = "{\"confirm\":\"".length();

  private final SocketChannel channel;
  private final int windowValues;
  private final Semaphore room;
  private final long[] stampsNanos;
  private final Histogram latencies = new Histogram(3);
  private final Thread thread = new Thread(this::read, "load-confirms");
  private long refused;
  private volatile long expected = Long.MAX_VALUE;
  private long taken;
  private volatile @Nullable IOException failure;

  Confirms(SocketChannel channel, int windowValues) {
    this.channel = channel;
    this.windowValues = windowValues;
    this.room = new Semaphore(windowValues);
    this.stampsNanos = new long[windowValues];
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits until another value may be sent. */
  void awaitRoom() throws IOException, InterruptedException {
    room.acquire();
    throwFailure();
    taken++;
  }

  /** Notes the due time of the value with this number, before it is written. */
  void sending(long value, long stampNanos) {
    stampsNanos[(int) (value % windowValues)] = stampNanos;
  }

  /**
   * Announces the number of remaining values, before the last one is sent: the reader would
   * otherwise wait for one more.
   */
  void expectOnly(int more) {
    expected = taken + more;
  }

  /** Waits for the confirms of all values. */
  void awaitAll() throws IOException, InterruptedException {
    room.acquire(windowValues);
    throwFailure();
    thread.join();
  }

  private void throwFailure() throws IOException {
    IOException e = failure;
    if (e != null) {
      throw new IOException("the broker answers no more: " + e.getMessage(), e);
    }
  }

  long refused() {
    return refused;
  }

  /** The latencies. Only after {@link #awaitAll}, or without confirms. */
  Histogram latencies() {
    return latencies;
  }

  private void read() {
    byte[] array = new byte[LINE_BYTES_MAX];
    ByteBuffer bytes = ByteBuffer.wrap(array);
    long seen = 0;
    try {
      while (seen < expected) {
        if (channel.read(bytes) < 0) {
          throw new EOFException("the connection was closed");
        }
        seen += lines(array, bytes);
      }
    } catch (IOException e) {
      failure = e;
      room.release(windowValues + 1);
    }
  }

  /**
   * Takes the complete lines of {@code bytes}, which is backed by {@code array}, and leaves the
   * rest.
   */
  private int lines(byte[] array, ByteBuffer bytes) {
    int lines = 0;
    int from = 0;
    for (int i = 0; i < bytes.position(); i++) {
      if (array[i] == '\n') {
        line(array, from, i);
        from = i + 1;
        lines++;
      }
    }
    bytes.flip().position(from);
    bytes.compact();
    return lines;
  }

  private void line(byte[] array, int from, int to) {
    int at = from + NUMBER_AT;
    int digits = 0;
    while (array[at + digits] != '"') {
      digits++;
    }
    long value = Digits.read(array, at, digits);
    if (at + digits + 2 < to) {
      refused++; // the line has an error after the confirm
    }
    latencies.recordValue(
        Math.max(0, System.nanoTime() - stampsNanos[(int) (value % windowValues)]));
    room.release();
  }
}
