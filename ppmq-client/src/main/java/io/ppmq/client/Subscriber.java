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
 * Hands pushed messages to a handler, and tells the broker the result. Made by {@link #builder};
 * begins at once. Batches come over connections that it opens to the broker, each a worker ({@code
 * subscribe}), or over the subscriber's own socket, to which the broker connects ({@code listen});
 * the handler takes whole batches, or single messages ({@code …Each}).
 *
 * <p>Words that the broker did not confirm are sent again until it does, or until the subscriber is
 * closed; but messages of a lost subscribed connection are delivered again instead. The threads are
 * daemons: they keep no JVM alive, {@link #awaitClosed} does.
 */
public final class Subscriber implements AutoCloseable {
  /** Takes the delivered messages, a batch at a time. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Handles the messages. Called again for messages that were handled already when their
     * acknowledgement did not reach the broker. With {@code listen} for one batch at a time; with
     * {@code subscribe} for one of a topic and worker at a time.
     *
     * @throws Exception with {@code listen} the batch is not acknowledged: the broker delivers its
     *     messages again after the topic's {@code AckRetry} or a RECONNECT, and no other batch of
     *     the topic before. With {@code subscribe} all of it is nacked, as {@link
     *     MessageHandler#handle} has it for one
     */
    void handle(Batch batch) throws Exception;
  }

  /** Learns of problems that do not end the subscriber. */
  @FunctionalInterface
  public interface Problems {
    /**
     * Takes note; quickly, on whichever thread noticed, and without throwing. Never holds a key or
     * a payload, unless the handler's own exception does.
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
   * Begins to describe a subscriber.
   *
   * @param name the subscriber's name in the broker's configuration
   * @param broker the broker's own socket
   */
  public static SubscriberBuilder builder(String name, Address broker) {
    return new SubscriberBuilder(name, broker);
  }

  /**
   * Acknowledges messages by hand: for handlers that acknowledge a part of a batch, or later. Does
   * not wait for the confirm; safe for any thread. On a subscribed connection it counts only for
   * messages that came over it; other keys do nothing.
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
   * Asks for more time: the {@code AckRetry} of these messages begins again now. Waits for the
   * broker's answer.
   *
   * @return the keys that are not out any more: their messages come again, or are done
   * @throws Refused the topic or the subscriber is not known, or not for this user
   * @throws IOException the broker did not answer
   */
  public List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    return reception.extend(topic, keys);
  }

  /**
   * Blocks until the subscriber is closed, by whichever thread.
   *
   * @throws Refused it closed by itself, since the broker refuses it: it has no subscriber of this
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
   * interrupted, and left behind when it does not end within the same time again. Safe to call from
   * any thread, a handler's and a shutdown hook included, and more than once.
   */
  @Override
  public void close() {
    boolean handler = reception.isHandler();
    reception.stop();
    if (handler) {
      return; // the rest is closed when it returns
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
      return true; // awaitClosed() says it
    }
  }
}
