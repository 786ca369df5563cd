package io.ppmq.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber's commands to the broker, for programs that do not listen themselves. Each call
 * waits for the broker's confirm and ends as {@link Publisher#publish} does. Every command may be
 * repeated without harm. Safe for many threads; uses one connection, opened with the first command.
 */
public final class SubscriberCommands implements AutoCloseable {
  private final Connection connection;
  private final Duration timeout;

  /**
   * Sends commands to the broker at {@code broker}; does not connect yet.
   *
   * @param timeout how long each call waits for its confirm
   */
  public SubscriberCommands(Address broker, Duration timeout) {
    this.connection = new Connection(broker, timeout, Publisher.WINDOW_DEFAULT);
    this.timeout = timeout;
  }

  /** Acknowledges messages of a topic. Keys that are not in flight have no effect. */
  public void acknowledge(String topic, String subscriber, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    var unused = connection.send(Wire.acknowledge(topic, subscriber, keys)).await();
  }

  /**
   * Reports that messages could not be processed. Keys that are not in flight, or in flight with a
   * subscribed connection, have no effect.
   */
  public void nack(String topic, String subscriber, Collection<String> keys, Nack nack)
      throws Refused, IOException, InterruptedException {
    List<Value> values = new ArrayList<>();
    for (List<String> part : Wire.nackable(keys)) {
      values.add(connection.send(Wire.nack(topic, subscriber, part, nack)));
    }
    for (Value value : values) {
      var unused = value.await();
    }
  }

  /**
   * Restarts the time in which messages must be acknowledged.
   *
   * @return the keys that are no longer in flight: their messages are delivered again, or are done
   */
  public List<String> extend(String topic, String subscriber, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    List<Value> values = new ArrayList<>();
    for (List<String> part : Wire.extendable(keys)) {
      values.add(connection.send(Wire.extend(topic, subscriber, part)));
    }
    List<String> gone = new ArrayList<>();
    for (Value value : values) {
      gone.addAll(value.await());
    }
    return gone;
  }

  /**
   * Asks the broker to deliver every unacknowledged message of the subscriber again.
   *
   * @param topic only messages of this topic; null for all topics
   */
  public void reconnect(String subscriber, @Nullable String topic)
      throws Refused, IOException, InterruptedException {
    var unused = connection.send(Wire.reconnect(subscriber, topic)).await();
  }

  /** Waits for the values under way and closes the connection. */
  @Override
  public void close() {
    connection.close(timeout);
  }
}
