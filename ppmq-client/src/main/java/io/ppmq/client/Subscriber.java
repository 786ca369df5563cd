package io.ppmq.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Passes pushed messages to a handler, and reports the results to the broker. Made by {@link
 * #builder}; starts at once. Batches come over connections that the subscriber opens to the broker,
 * one for each worker ({@code subscribe}), or over its own socket, to which the broker connects
 * ({@code listen}). The handler takes whole batches, or single messages ({@code …Each}).
 *
 * <p>Acknowledgements and nacks that the broker did not confirm are sent again until it does, or
 * until the subscriber is closed. Those of a lost subscribed connection are not: the broker
 * delivers its messages again instead. The threads are daemons and keep no JVM alive; {@link
 * #awaitClosed} does.
 */
public final class Subscriber implements AutoCloseable {
  /** Takes the delivered messages, one batch at a time. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Handles the messages. Called again for messages that were already handled when their
     * acknowledgement did not reach the broker. With {@code listen}, one batch is handled at a
     * time; with {@code subscribe}, one for each topic and worker.
     *
     * @throws Exception with {@code listen} the batch is not acknowledged: the broker delivers its
     *     messages again after the topic's {@code AckRetry} or a RECONNECT, and no other batch of
     *     the topic before. With {@code subscribe} the whole batch is nacked, as {@link
     *     MessageHandler#handle} describes for one message. An error counts as an exception
     */
    void handle(Batch batch) throws Exception;
  }

  /** Receives reports of problems that do not end the subscriber. */
  @FunctionalInterface
  public interface Problems {
    /**
     * Takes a report; must be quick and not throw. Called on any thread. A report never holds a key
     * or a payload, unless the handler's own exception does.
     */
    void report(String sentence, @Nullable Throwable cause);
  }

  private final Reception reception;
  private final Duration timeout;

  Subscriber(Reception reception, Duration timeout) {
    this.reception = reception;
    this.timeout = timeout;
  }

  /**
   * Creates a builder for a subscriber.
   *
   * @param name the subscriber's name in the broker's configuration
   * @param broker the broker's own socket
   */
  public static SubscriberBuilder builder(String name, Address broker) {
    return new SubscriberBuilder(name, broker);
  }

  /**
   * Acknowledges messages, for handlers that acknowledge a part of a batch, or later. Does not wait
   * for the confirm; safe for any thread. On a subscribed connection only keys of messages that
   * came over it count; other keys have no effect.
   *
   * @throws IllegalStateException when a subscriber that listens is closed
   */
  public void acknowledge(String topic, Collection<String> keys) throws InterruptedException {
    reception.say(topic, keys, null);
  }

  /** Reports that messages could not be processed; otherwise as {@link #acknowledge}. */
  public void nack(String topic, Collection<String> keys, Nack nack) throws InterruptedException {
    reception.say(topic, keys, nack);
  }

  /**
   * Asks for more time: the {@code AckRetry} of these messages starts again now. Waits for the
   * broker's answer.
   *
   * @return the keys that are no longer out: their messages are delivered again, or are done
   * @throws Refused the topic or the subscriber is not known, or not for this user
   * @throws IOException the broker did not answer
   */
  public List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    return reception.extend(topic, keys);
  }

  /**
   * Blocks until any thread closes the subscriber.
   *
   * @throws Refused the subscriber closed by itself, because the broker has no subscriber of this
   *     name, or not for this user
   */
  public void awaitClosed() throws Refused, InterruptedException {
    try {
      reception.ended().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Refused refused) {
        throw refused;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Takes no more batches, removes the file of its own socket if it has one, lets running handlers
   * finish, and sends the last acknowledgements. Messages that no handler has begun stay with the
   * broker. A handler that takes longer than the {@linkplain SubscriberBuilder#timeout timeout} is
   * interrupted, and left behind when it does not end within the same time again. Safe to call more
   * than once and from any thread, including a handler's and a shutdown hook's.
   */
  @Override
  public void close() {
    boolean handler = reception.isHandler();
    reception.stop();
    if (handler) {
      return; // the rest closes after the handler returns
    }
    try {
      if (!isClosedWithin(timeout)) {
        reception.interrupt();
        boolean unused = isClosedWithin(timeout);
      }
    } catch (InterruptedException e) {
      reception.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private boolean isClosedWithin(Duration time) throws InterruptedException {
    try {
      reception.ended().get(time.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true; // awaitClosed() throws it
    }
  }
}
