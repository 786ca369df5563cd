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
 * Publishes messages and learns that the broker keeps them. Holds one connection, opened with the
 * first message and opened again after it broke; topics that are published to at the same time get
 * connections of their own, up to 8, so that a topic that is full, and holds its producers back,
 * does not hold up the others. Safe for many threads, which share the window of a topic.
 *
 * <p>The end of a publish tells the outcome, for all messages of the call together:
 *
 * <ul>
 *   <li>normally: stored, as safely as the broker's {@code Sync} says;
 *   <li>{@link Refused}: not stored, and the broker says why;
 *   <li>{@link Unconfirmed}: stored or not; publishing again may store a second copy;
 *   <li>any other {@link IOException}: not stored; publishing again is safe. A {@link
 *       java.net.ConnectException} when the broker cannot be reached.
 * </ul>
 *
 * <p>Nothing is published again by itself.
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

  /** Publishes to the broker at {@code broker}, with the default time and window. */
  public Publisher(Address broker) {
    this(broker, TIMEOUT_DEFAULT, WINDOW_DEFAULT);
  }

  /**
   * Publishes to the broker at {@code broker}; does not connect yet.
   *
   * @param timeout how long each publish may take from its call, or from when there was room in the
   *     window, to its confirm; a broker that takes longer is taken for gone and the connection
   *     closed, with all that is under way on it
   * @param windowValues how many calls of {@link #publishAsync} may await their confirm at once on
   *     one connection
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
   * Publishes every message of a stream as a value of its own, in order, keeping the window full
   * rather than waiting for each confirm; returns when all are confirmed. Takes a message from the
   * iterator only when there is room for it, so the stream may be endless.
   *
   * <p>Stops at the first failure, thrown as by {@link #publish}: the messages before it are
   * stored, those behind it in the window may be.
   *
   * @return how many messages were confirmed
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
   * Whether to look at the oldest confirm now. Asking the stream for more may block, on a terminal
   * for hours, so values that are confirmed already are looked at first.
   */
  private boolean isToBeAwaited(
      ArrayDeque<CompletableFuture<Void>> window, Iterator<OutgoingMessage> messages) {
    return window.element().isDone() || window.size() >= windowValues || !messages.hasNext();
  }

  /** The number of messages confirmed so far. */
  public long confirmed() {
    return confirmed.sum();
  }

  /** The number of messages that were refused so far, or may not be stored. */
  public long failed() {
    return failed.sum();
  }

  /**
   * Publishes no more, waits until the values under way are confirmed or their time has run out,
   * and closes the connection. Interrupted, it waits no longer, and the values under way end {@link
   * Unconfirmed}.
   */
  @Override
  public void close() {
    connections.close(timeout);
  }
}
