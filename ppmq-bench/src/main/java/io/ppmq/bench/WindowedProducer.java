package io.ppmq.bench;

import io.ppmq.load.Pace;
import io.ppmq.load.Payload;
import io.ppmq.load.Published;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A producer through a client library: keeps the pace, bounds the number of batches that await a
 * confirm, and notes the time of each. {@link Outlet} calls the library.
 */
public final class WindowedProducer implements Driver.DrivenProducer {

  /** Passes batches to a client library. Called on one thread. */
  public interface Outlet extends AutoCloseable {
    /**
     * Sends the payloads in their order.
     *
     * @param confirmed call it once, on any thread: with null after the broker has confirmed all
     *     payloads, with the failure otherwise
     */
    void send(List<byte[]> payloads, Confirmed confirmed) throws Exception;

    @Override
    void close() throws IOException;
  }

  /** Takes the outcome of a batch. */
  @FunctionalInterface
  public interface Confirmed {
    /** The batch is confirmed, or failed. */
    void done(@Nullable Throwable failure);
  }

  private final Outlet outlet;
  private final Payload payload;
  private final int payloadBytes;
  private final int batch;
  private final ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private long messages;

  /** Sends batches of {@code batch} payloads of {@code payloadBytes} bytes through an outlet. */
  public WindowedProducer(Outlet outlet, int payloadBytes, int batch) {
    this.outlet = outlet;
    this.payload = new Payload(payloadBytes);
    this.payloadBytes = payloadBytes;
    this.batch = batch;
  }

  @Override
  public Published publish(Pace pace) throws Exception {
    Histogram histogram = new Histogram(3);
    int window = Math.max(1, pace.windowValues());
    Semaphore room = new Semaphore(window);
    long beginNanos = System.nanoTime();
    long sent = 0;
    while (sent < pace.messagesMax() && System.nanoTime() - beginNanos < pace.nanosMax()) {
      long dueNanos = beginNanos;
      if (pace.messagesPerSecond() > 0) {
        dueNanos += (long) (sent / pace.messagesPerSecond() * TimeUnit.SECONDS.toNanos(1));
        Pace.await(dueNanos);
      }
      room.acquire();
      throwFailure();
      long stampNanos = pace.messagesPerSecond() > 0 ? dueNanos : System.nanoTime();
      outlet.send(payloads(stampNanos), confirmed(room, stampNanos));
      sent += batch;
      drain(histogram);
    }
    room.acquire(window); // so the end of the run is last even if batches may overtake each other
    byte[] end = new byte[payloadBytes];
    payload.writeEnd(end, 0);
    outlet.send(List.of(end), confirmed(room, System.nanoTime()));
    room.acquire();
    throwFailure();
    drain(histogram);
    return new Published(sent, System.nanoTime() - beginNanos, 0, histogram);
  }

  private List<byte[]> payloads(long stampNanos) {
    List<byte[]> payloads = new ArrayList<>(batch);
    for (int i = 0; i < batch; i++) {
      byte[] one = new byte[payloadBytes];
      payload.write(one, 0, messages++, stampNanos);
      payloads.add(one);
    }
    return payloads;
  }

  private Confirmed confirmed(Semaphore room, long stampNanos) {
    return thrown -> {
      if (thrown != null) {
        failure.compareAndSet(null, thrown);
      }
      latencies.add(System.nanoTime() - stampNanos);
      room.release();
    };
  }

  /** Copies the latencies: a histogram is for one thread, confirms arrive on any. */
  private void drain(Histogram histogram) {
    for (Long nanos = latencies.poll(); nanos != null; nanos = latencies.poll()) {
      histogram.recordValue(Math.max(0, nanos));
    }
  }

  private void throwFailure() throws Exception {
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("a batch was not confirmed: " + thrown, thrown);
    }
  }

  @Override
  public void close() throws IOException {
    outlet.close();
  }
}
