package io.ppmq.broker.request;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of a producer or a subscriber. A class that carries out commands is a {@link Handler},
 * so that a new command does not compile until every such class has a method for it.
 */
public sealed interface Command {
  /** Makes the handler carry out this command. */
  <X extends Exception> void accept(Handler<X> handler) throws X;

  /** The number of messages and keys in it; each takes memory besides its bytes. */
  int elements();

  /**
   * Handles each kind of command.
   *
   * @param <X> the exception that it throws
   */
  interface Handler<X extends Exception> {
    /** For a {@link Publish}. */
    void publish(Publish publish) throws X;

    /** For an {@link Acknowledge}. */
    void acknowledge(Acknowledge acknowledge) throws X;

    /** For a {@link Nack}. */
    void nack(Nack nack) throws X;

    /** For an {@link Extend}. */
    void extend(Extend extend) throws X;

    /** For a {@link Remove}. */
    void remove(Remove remove) throws X;

    /** For a {@link Redeliver}. */
    void redeliver(Redeliver redeliver) throws X;

    /** For a {@link Subscribe}. */
    void subscribe(Subscribe subscribe) throws X;

    /** For an {@link Unsubscribe}. */
    void unsubscribe(Unsubscribe unsubscribe) throws X;
  }

  /**
   * Queue messages, in their order.
   *
   * @param topic the topic's name
   * @param messages the messages
   */
  record Publish(String topic, List<Message> messages) implements Command {
    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.publish(this);
    }

    @Override
    public int elements() {
      return messages.size();
    }
  }

  /**
   * A subscriber is done with messages.
   *
   * @param topic the topic's name
   * @param subscriber the subscriber's name
   * @param keys the keys under which they were delivered
   */
  record Acknowledge(String topic, String subscriber, List<Bytes> keys) implements Command {
    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.acknowledge(this);
    }

    @Override
    public int elements() {
      return keys.size();
    }
  }

  /**
   * A subscriber could not process messages; they are sent again later, or die.
   *
   * @param topic the topic's name
   * @param subscriber the subscriber's name
   * @param keys the keys under which they were delivered
   * @param retryAfterMillis the time before they are sent again, up to {@link
   *     #RETRY_AFTER_MILLIS_MAX}; {@link #BY_ATTEMPTS} or {@link #NEVER}
   * @param reason the subscriber's reason, for the dead letter; null without one
   */
  record Nack(
      String topic,
      String subscriber,
      List<Bytes> keys,
      long retryAfterMillis,
      @Nullable String reason)
      implements Command {
    /** The time grows with each delivery of a message. */
    public static final long BY_ATTEMPTS = io.ppmq.topic.Nack.BY_ATTEMPTS;

    /** They die at once. */
    public static final long NEVER = io.ppmq.topic.Nack.NEVER;

    /** The longest allowed time. */
    public static final long RETRY_AFTER_MILLIS_MAX = io.ppmq.topic.Nack.RETRY_AFTER_MILLIS_MAX;

    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.nack(this);
    }

    @Override
    public int elements() {
      return keys.size();
    }
  }

  /**
   * A subscriber needs more time for messages: their acknowledgement time begins again.
   *
   * @param topic the topic's name
   * @param subscriber the subscriber's name
   * @param keys the keys under which they were delivered; the {@link Answer} gets those that are
   *     gone
   */
  record Extend(String topic, String subscriber, List<Bytes> keys) implements Command {
    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.extend(this);
    }

    @Override
    public int elements() {
      return keys.size();
    }
  }

  /**
   * Remove from all queues of a topic the messages under these keys of producers, or of the broker
   * for dead letters.
   *
   * @param topic the topic's name
   * @param keys the keys; unknown ones are ignored
   */
  record Remove(String topic, List<Bytes> keys) implements Command {
    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.remove(this);
    }

    @Override
    public int elements() {
      return keys.size();
    }
  }

  /**
   * Send a subscriber its unacknowledged messages again.
   *
   * @param subscriber the subscriber's name
   * @param topic the topic's name; null for all of the subscriber's topics
   */
  record Redeliver(String subscriber, @Nullable String topic) implements Command {
    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.redeliver(this);
    }

    @Override
    public int elements() {
      return 0;
    }
  }

  /**
   * Be a worker of a subscriber: batches go to the source of this command.
   *
   * @param subscriber the subscriber's name; the same in every such command of one source
   * @param topic the topic's name; null for all of the subscriber's topics, including later ones
   * @param messagesMax the largest number of messages in a batch; 0 for that of the settings
   */
  record Subscribe(String subscriber, @Nullable String topic, int messagesMax) implements Command {
    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.subscribe(this);
    }

    @Override
    public int elements() {
      return 0;
    }
  }

  /**
   * Stop sending to the source of this command; messages that are out with it stay out.
   *
   * @param subscriber the subscriber's name
   * @param topic the topic's name; null for all
   */
  record Unsubscribe(String subscriber, @Nullable String topic) implements Command {
    @Override
    public <X extends Exception> void accept(Handler<X> handler) throws X {
      handler.unsubscribe(this);
    }

    @Override
    public int elements() {
      return 0;
    }
  }
}
