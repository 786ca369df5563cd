package io.ppmq.compare;

import io.ppmq.bench.WindowedProducer.Confirmed;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Confirms a batch when all its messages are confirmed. */
final class Countdown {
  private final AtomicInteger left;
  private final Confirmed confirmed;

  Countdown(int messages, Confirmed confirmed) {
    this.left = new AtomicInteger(messages);
    this.confirmed = confirmed;
  }

  /** Notes that one message is confirmed or has failed. Safe for any thread. */
  void done(@Nullable Throwable failure) {
    if (failure != null) {
      confirmed.done(failure);
    } else if (left.decrementAndGet() == 0) {
      confirmed.done(null);
    }
  }
}
