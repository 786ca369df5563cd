package io.ppmq.testkit;

import static java.util.Objects.requireNonNull;

import io.ppmq.broker.Broker;
import io.ppmq.client.Address;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.Refused;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberBuilder;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.server.Server;
import io.ppmq.server.StartException;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A broker in the process of a test, from its start to {@link #close}. It keeps its messages in
 * memory and its sockets in a temporary directory, so several may run at once. Safe for any thread.
 */
public final class TestBroker implements AutoCloseable {
  private static final String DIRECTORY = "${directory}";
  private static final long LOOK_MILLIS = 5;

  private final Path directory;
  private final Server server;
  private final Publisher publisher;

  /** With which status the broker ended by itself; 0 while it did not. */
  private final AtomicInteger halted;

  private TestBroker(Path directory, Server server, AtomicInteger halted) {
    this.directory = directory;
    this.server = server;
    this.halted = halted;
    this.publisher = new Publisher(address());
  }

  /** Starts a broker with one topic, which these subscribers get. */
  public static TestBroker start(String topic, String... subscribers) {
    return start(config(topic, subscribers));
  }

  /**
   * Starts a broker as a configuration says.
   *
   * @param config {@code Subscribers}, {@code Topics} and what else a configuration file may hold,
   *     but {@code ServerSocket} and {@code DataPath}; in it <code>${directory}</code> stands for
   *     the temporary directory, for a subscriber's {@code Socket}
   * @throws IllegalArgumentException when there is an error in it
   */
  public static TestBroker start(String config) {
    Path directory = temporary();
    AtomicInteger halted = new AtomicInteger();
    Server server = null;
    try {
      Path file = directory.resolve("ppmq.yaml");
      String sockets = "ServerSocket: " + directory.resolve("ppmq.socket") + "\nDataPath: mem\n";
      Files.writeString(file, sockets + config.replace(DIRECTORY, directory.toString()));
      server = Server.start(ConfigFile.load(file).config(), halted::set);
      return new TestBroker(directory, server, halted);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InvalidConfig e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (StartException e) {
      throw new IllegalStateException(e.getMessage(), e);
    } finally {
      if (server == null) {
        remove(directory);
      }
    }
  }

  private static String config(String topic, String... subscribers) {
    String sockets =
        Arrays.stream(subscribers)
            .map(
                name ->
                    "  - {Name: '%s', Socket: '%s/%s.socket'}\n".formatted(name, DIRECTORY, name))
            .collect(Collectors.joining());
    String names = "'" + String.join("', '", subscribers) + "'";
    return "Subscribers:\n%sTopics:\n  - {Name: '%s', Subscribers: [%s]}\n"
        .formatted(sockets, topic, names);
  }

  /** Short, since the path of a unix socket may have 107 bytes only. */
  private static Path temporary() {
    try {
      return Files.createTempDirectory("ppmq-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The broker's own socket. */
  public Address address() {
    return Address.of(directory.resolve("ppmq.socket").toString());
  }

  /**
   * The socket at which a subscriber listens, where the configuration puts it beside the others.
   */
  public Address socket(String subscriber) {
    return Address.of(directory.resolve(subscriber + ".socket").toString());
  }

  /** Begins to describe a subscriber of this broker. */
  public SubscriberBuilder subscriber(String name) {
    return Subscriber.builder(name, address());
  }

  /** Publishes texts, and waits until the broker keeps them. */
  public void publish(String topic, String... payloads)
      throws Refused, IOException, InterruptedException {
    publish(topic, Arrays.stream(payloads).map(OutgoingMessage::text).toList());
  }

  /** Publishes messages, and waits until the broker keeps them. */
  public void publish(String topic, List<OutgoingMessage> messages)
      throws Refused, IOException, InterruptedException {
    publisher.publish(topic, messages);
  }

  /**
   * How many messages of a topic a subscriber has yet to acknowledge: those that wait, are out, or
   * were nacked and come again.
   */
  public long unacknowledged(String topic, String subscriber) {
    AtomicReference<@Nullable Broker> broker = new AtomicReference<>();
    server.tellBroker(broker::set);
    for (TopicStats stats : requireNonNull(broker.get()).topicStats(List.of(topic))) {
      for (QueueStats queue : stats.queues()) {
        if (queue.subscriber().equals(subscriber)) {
          return queue.backlog() + queue.inFlight() + queue.nacked();
        }
      }
    }
    throw new IllegalArgumentException("topic " + topic + " has no subscriber " + subscriber);
  }

  /**
   * Waits until a subscriber has acknowledged everything of a topic.
   *
   * @throws AssertionError it has not within {@code time}
   */
  public void awaitAcknowledged(String topic, String subscriber, Duration time)
      throws InterruptedException {
    long deadlineNanos = System.nanoTime() + time.toNanos();
    for (long left = unacknowledged(topic, subscriber);
        left > 0;
        left = unacknowledged(topic, subscriber)) {
      if (deadlineNanos - System.nanoTime() < 0) {
        String sentence = " messages of topic %s are not acknowledged by %s after %d ms";
        throw new AssertionError(left + sentence.formatted(topic, subscriber, time.toMillis()));
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /**
   * Stops the broker and removes its directory with all messages.
   *
   * @throws IllegalStateException it had ended by itself, because of an error of its own
   */
  @Override
  public void close() {
    publisher.close();
    try {
      server.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      remove(directory);
    }
    if (halted.get() != 0) {
      throw new IllegalStateException("the broker ended by itself, status " + halted.get());
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
