package io.ppmq.cli.demo;

import io.ppmq.client.Address;
import io.ppmq.client.ReceivedMessage;
import io.ppmq.client.Subscriber;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A subscriber of the demo that listens until it is closed, and acknowledges its messages. */
final class DemoInbox implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Subscriber subscriber;
  private final BlockingQueue<ReceivedMessage> received = new LinkedBlockingQueue<>();
  private final long openNanos = System.nanoTime();

  /**
   * Listens on the subscriber's socket. Does not tell the broker, which has to notice the socket.
   */
  DemoInbox(DemoBroker broker, String name, DemoStage stage) throws IOException {
    Address own = broker.socket(name);
    this.subscriber =
        Subscriber.builder(name, broker.socket())
            .reconnect(false)
            .problems((sentence, cause) -> stage.say(sentence))
            .listen(own, batch -> received.addAll(batch.messages()));
  }

  /** The next {@code count} messages; fewer if they do not arrive in time. */
  List<ReceivedMessage> take(int count) throws InterruptedException {
    List<ReceivedMessage> taken = new ArrayList<>();
    long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
    while (taken.size() < count) {
      ReceivedMessage next = received.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (next == null) {
        return taken;
      }
      taken.add(next);
    }
    return taken;
  }

  /** How long it has been listening. */
  long millis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - openNanos);
  }

  /** The number of messages that arrived and were not taken. */
  int more() {
    return received.size();
  }

  /** Closes after the last acknowledgement is confirmed. */
  @Override
  public void close() {
    subscriber.close();
  }
}
