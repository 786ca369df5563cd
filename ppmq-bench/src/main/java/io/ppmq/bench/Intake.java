package io.ppmq.bench;

import io.ppmq.load.Payload;
import io.ppmq.load.Received;
import org.HdrHistogram.Histogram;

/** Counts the messages that a subscriber gets through a client library in a run. For one thread. */
public final class Intake {
  private final Histogram latencies = new Histogram(3);
  private int endsLeft;
  private long messages;
  private long batches;
  private long beginNanos;

  /** Ends after this many runs of producers. */
  public Intake(int ends) {
    this.endsLeft = ends;
  }

  /** Whether more messages will arrive. */
  public boolean isOpen() {
    return endsLeft > 0;
  }

  /** A batch begins. */
  public void batch() {
    if (batches++ == 0) {
      beginNanos = System.nanoTime();
    }
  }

  /** A message of the batch. */
  public void message(byte[] payload) {
    if (Payload.isEnd(payload, 0)) {
      endsLeft--;
    } else {
      messages++;
      long nanos = System.nanoTime() - Payload.stampNanos(payload, 0);
      latencies.recordValue(Math.max(0, nanos));
    }
  }

  /** The result, after everything is acknowledged. */
  public Received received() {
    return new Received(messages, batches, System.nanoTime() - beginNanos, latencies);
  }
}
