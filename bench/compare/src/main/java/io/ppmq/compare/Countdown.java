package io.ppmq.compare;

import io.ppmq.bench.WindowedProducer.Confirmed;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Makes one confirm of a batch out of those of its messages. */
final class Countdown {
  private final AtomicInteger left;
  private final Confirmed confirmed;

  Countdown(int messages, Confirmed confirmed) {
    this.left = new AtomicInteger(messages);
    this.confirmed = confirmed;
  }

  /** One message is confirmed, or failed. From any thread. */
  void done(@Nullable Throwable failure) {
    if (failure != null) {
      confirmed.done(failure);
    } else if (left.decrementAndGet() == 0) {
      confirmed.done(null);
    }
  }
}
