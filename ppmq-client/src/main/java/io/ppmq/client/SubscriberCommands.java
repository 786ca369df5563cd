package io.ppmq.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words of a subscriber to the broker, for programs that do not listen themselves: each call
 * waits for the broker's confirm and ends as {@link Publisher#publish} does. All of it may be said
 * twice without harm. Safe for many threads; one connection, opened when it is needed.
 */
public final class SubscriberCommands implements AutoCloseable {
  private final Connection connection;
  private final Duration timeout;

  /**
   * Speaks to the broker at {@code broker}; does not connect yet.
   *
   * @param timeout how long each call waits for its confirm
   */
  public SubscriberCommands(Address broker, Duration timeout) {
    this.connection = new Connection(broker, timeout, Publisher.WINDOW_DEFAULT);
    this.timeout = timeout;
  }

  /** Acknowledges messages of a topic; keys that are not in flight do nothing. */
  public void acknowledge(String topic, String subscriber, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    var unused = connection.send(Wire.acknowledge(topic, subscriber, keys)).await();
  }

  /**
   * Reports that messages could not be processed; keys that are not in flight, or in flight with a
   * subscribed connection, do nothing.
   */
  public void nack(String topic, String subscriber, Collection<String> keys, Nack nack)
      throws Refused, IOException, InterruptedException {
    var unused = connection.send(Wire.nack(topic, subscriber, keys, nack)).await();
  }

  /**
   * Makes the time in which messages must be acknowledged begin again now.
   *
   * @return those keys that are not in flight any more: their messages come again, or are done
   */
  public List<String> extend(String topic, String subscriber, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    return connection.send(Wire.extend(topic, subscriber, keys)).await();
  }

  /**
   * Requests everything again that was sent to the subscriber and not acknowledged.
   *
   * @param topic only that topic's; null for all
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
