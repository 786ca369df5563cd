package io.ppmq.bench;

import io.ppmq.load.Payload;
import io.ppmq.load.Received;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Counts the messages of several workers of a subscriber. The worker with the last message may
 * finish before the others, so a run is over when the end was seen and nothing has arrived for a
 * while. For any thread.
 */
public final class Tally {
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
  private static final long LOOK_MILLIS = 20;

  private final ConcurrentHistogram latencies = new ConcurrentHistogram(3);
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong batches = new AtomicLong();
  private final AtomicLong ends = new AtomicLong();
  private final AtomicLong firstNanos = new AtomicLong();
  private volatile long lastNanos;

  /** Messages arrived, whether they are processed or nacked. */
  public void arrived() {
    long now = System.nanoTime();
    if (batches.getAndIncrement() == 0) {
      firstNanos.set(now);
    }
    lastNanos = now;
  }

  /** A message is processed. */
  public void message(byte[] payload) {
    if (Payload.isEnd(payload, 0)) {
      ends.incrementAndGet();
      return;
    }
    messages.incrementAndGet();
    latencies.recordValue(Math.max(0, System.nanoTime() - Payload.stampNanos(payload, 0)));
  }

  /** Waits for the end, returns the counts since the last time, and starts from zero. */
  public Received await(int expectedEnds) throws InterruptedException {
    while (ends.get() < expectedEnds || System.nanoTime() - lastNanos < QUIET_NANOS) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    Received received =
        new Received(
            messages.getAndSet(0),
            batches.getAndSet(0),
            lastNanos - firstNanos.get(),
            latencies.copy());
    ends.set(0);
    latencies.reset();
    return received;
  }
}
