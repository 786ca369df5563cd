package io.ppmq.client;

import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A subscribed connection from SUBSCRIBE to its end, and its messages. The result of a message goes
 * only over the connection on which the message came. An acknowledgement that was not confirmed
 * when the connection broke is forgotten, and never sent on another connection: there the same key
 * may name a newer version, and the broker would take that version as acknowledged, since the
 * acknowledgement comes from the worker that holds it. No message is lost, because the broker
 * delivers the messages that were out again.
 */
final class Session implements Arrivals {
  private final SubscriberBuilder options;
  private final Handling handling;
  private final Connection connection;
  private final Acknowledgements acknowledgements;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean served;
  private volatile boolean closing;
  private volatile boolean unsubscribed;
  private volatile @Nullable Refused refused;
  private volatile @Nullable Exception failure;

  Session(SubscriberBuilder options, Handling handling) {
    this.options = options;
    this.handling = handling;
    this.connection =
        new Connection(options.broker, options.timeout, Acknowledgements.WINDOW_VALUES, this);
    this.acknowledgements = new Acknowledgements(connection, options.name, options.problems);
  }

  /** Subscribes, and passes batches on until the connection is lost or {@link #stop} is called. */
  void run() throws InterruptedException {
    handling.connect(acknowledgements, connection::resume);
    try {
      for (String fields : Wire.subscribe(options.name, options.topics, options.batchSize)) {
        Value value = connection.send(fields);
        var unused = value.confirmed.whenComplete((done, refusal) -> subscribed(refusal));
      }
      acknowledgements.run();
      if (closing && served) { // before that, nothing can be out
        close();
      }
    } catch (IllegalStateException e) {
      acknowledgements.stop(); // the connection is gone, and ended() has the reason
    } finally {
      connection.close(Duration.ZERO);
    }
    over.await();
  }

  private void subscribed(@Nullable Throwable refusal) {
    if (refusal == null) {
      served = true;
    } else if (refusal instanceof Refused no) {
      refused = no;
      closing = true;
      acknowledgements.stop();
    } else if (refusal instanceof Exception e) {
      failure = e; // its message is more precise than the broken connection's
    }
  }

  private void close() throws InterruptedException {
    unsubscribe();
    handling.awaitHandlers(options.timeout.multipliedBy(2));
    acknowledgements.close(options.timeout);
  }

  /** Unsubscribes: the broker pushes no more after the acknowledgements that follow. */
  private void unsubscribe() {
    if (served && !unsubscribed) {
      unsubscribed = connection.trySend(Wire.unsubscribe(options.name)) != null;
    }
  }

  /** Makes {@link #run} return when the handlers have; the caller has already stopped them. */
  void stop() {
    closing = true;
    try {
      unsubscribe();
    } catch (IllegalStateException e) {
      // the connection is gone, and ended() has the reason
    }
    acknowledgements.stop();
  }

  @Override
  public int batchBytesMax() {
    return options.batchBytesMax;
  }

  @Override
  public boolean isFull() {
    return handling.isFull();
  }

  @Override
  public void arrived(Batch batch) throws ProtocolException {
    if (!batch.subscriber().equals(options.name)) {
      throw new ProtocolException("a batch for subscriber " + batch.subscriber());
    }
    served = true; // a batch may come before the confirm of SUBSCRIBE
    handling.take(batch);
  }

  @Override
  public void ended(String reason, @Nullable Exception cause) {
    handling.abandon();
    acknowledgements.abandon();
    if (failure == null) {
      failure = cause == null ? new IOException(reason) : cause;
    }
    over.countDown();
  }

  /** Whether the broker accepted the subscription. */
  boolean wasServed() {
    return served;
  }

  /** The reason why the broker refuses the subscription, or null. */
  @Nullable Refused refusal() {
    return refused;
  }

  /** The reason why the session ended; null before. */
  @Nullable Exception failure() {
    return failure;
  }
}
