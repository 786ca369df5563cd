package io.ppmq.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Publishes messages and learns that the broker has stored them. Opens a connection with the first
 * message and again after it broke. Topics published to at the same time get separate connections,
 * at most 8, so that a full topic, which holds its producers back, does not hold up the others.
 * Safe for many threads, which share the window of a topic.
 *
 * <p>The way in which a publish ends tells the outcome, for all messages of the call together:
 *
 * <ul>
 *   <li>returns normally: stored, as safely as the broker's {@code Sync} promises;
 *   <li>{@link Refused}: not stored; the message is the broker's reason;
 *   <li>{@link Unconfirmed}: stored or not; publishing again may store a second copy;
 *   <li>any other {@link IOException}: not stored; publishing again is safe. A {@link
 *       java.net.ConnectException} when the broker cannot be reached.
 * </ul>
 *
 * <p>The publisher never publishes a value again by itself.
 */
public final class Publisher implements AutoCloseable {
  /** The default time that a publish waits for its confirm. */
  public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(30);

  /** The default number of values that may await their confirm. */
  public static final int WINDOW_DEFAULT = 1024;

  private final TopicConnections connections;
  private final Duration timeout;
  private final int windowValues;
  private final LongAdder confirmed = new LongAdder();
  private final LongAdder failed = new LongAdder();

  /** Publishes to the broker at {@code broker}, with the default timeout and window. */
  public Publisher(Address broker) {
    this(broker, TIMEOUT_DEFAULT, WINDOW_DEFAULT);
  }

  /**
   * Publishes to the broker at {@code broker}; does not connect yet.
   *
   * @param timeout the time of each publish from its call, or from when there was room in the
   *     window, to its confirm; a broker that takes longer counts as gone, and the connection is
   *     closed with all values under way on it
   * @param windowValues the number of calls of {@link #publishAsync} on one connection that may
   *     await their confirm at once
   */
  public Publisher(Address broker, Duration timeout, int windowValues) {
    this.connections = new TopicConnections(broker, timeout, windowValues);
    this.timeout = timeout;
    this.windowValues = windowValues;
  }

  /**
   * Publishes messages, all or none, and waits for the confirm.
   *
   * @throws Refused nothing was stored
   * @throws Unconfirmed it is not known whether the messages were stored
   * @throws IOException any other: nothing was stored
   * @throws InterruptedException it is not known whether the messages are or will be stored
   */
  public void publish(String topic, Collection<OutgoingMessage> messages)
      throws Refused, IOException, InterruptedException {
    Value.await(publishAsync(topic, messages));
  }

  /** Publishes one message; otherwise as {@link #publish(String, Collection)}. */
  public void publish(String topic, OutgoingMessage message)
      throws Refused, IOException, InterruptedException {
    publish(topic, List.of(message));
  }

  /** Publishes one message; otherwise as {@link #publishAsync(String, Collection)}. */
  public CompletableFuture<Void> publishAsync(String topic, OutgoingMessage message)
      throws InterruptedException {
    return publishAsync(topic, List.of(message));
  }

  /**
   * Publishes messages, all or none, without waiting for the confirm. Calls of one thread for a
   * topic go out in their order. Blocks while the topic's window (values, and 16 MiB) is full.
   *
   * @return completes with the confirm, or with the exceptions of {@link #publish}. Dependents run
   *     on the publisher's own thread: they must not block, nor wait for another of its futures
   * @throws InterruptedException while waiting for the window; nothing was sent
   * @throws IllegalStateException when the publisher is closed
   */
  public CompletableFuture<Void> publishAsync(String topic, Collection<OutgoingMessage> messages)
      throws InterruptedException {
    int count = messages.size();
    return connections.send(
            topic,
            Wire.publish(topic, messages),
            failure -> (failure == null ? confirmed : failed).add(count))
        .confirmed;
  }

  /**
   * Publishes every message of a stream as a separate value, in order, and returns when all are
   * confirmed. Keeps the window full instead of waiting for each confirm. Takes a message from the
   * iterator only when there is room for it, so the stream may be endless.
   *
   * <p>Stops at the first failure and throws it as {@link #publish} does. The messages before the
   * failed one are stored; those behind it in the window may be.
   *
   * @return the number of confirmed messages
   */
  public long publishAll(String topic, Iterator<OutgoingMessage> messages)
      throws Refused, IOException, InterruptedException {
    ArrayDeque<CompletableFuture<Void>> window = new ArrayDeque<>();
    long confirmed = 0;
    while (messages.hasNext() || !window.isEmpty()) {
      if (messages.hasNext()) {
        window.add(publishAsync(topic, List.of(messages.next())));
      }
      while (!window.isEmpty() && isToBeAwaited(window, messages)) {
        Value.await(window.remove());
        confirmed++;
      }
    }
    return confirmed;
  }

  /**
   * Whether to await the oldest confirm now. Asking the stream for more may block, on a terminal
   * for hours, so values that are already confirmed are checked first.
   */
  private boolean isToBeAwaited(
      ArrayDeque<CompletableFuture<Void>> window, Iterator<OutgoingMessage> messages) {
    return window.element().isDone() || window.size() >= windowValues || !messages.hasNext();
  }

  /** The number of messages confirmed so far. */
  public long confirmed() {
    return confirmed.sum();
  }

  /** The number of messages so far that were refused or may not be stored. */
  public long failed() {
    return failed.sum();
  }

  /**
   * Publishes no more, waits until the values under way are confirmed or out of time, and closes
   * the connections. An interrupt ends the wait, and the values under way then end {@link
   * Unconfirmed}.
   */
  @Override
  public void close() {
    connections.close(timeout);
  }
}
