package io.ppmq.cli.conformance;

import io.ppmq.cli.output.JsonText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The broker as the client under test sees it. It confirms the values that it receives, unless a
 * step decides otherwise, and keeps one worker: the connection that subscribed last.
 */
final class PlayedBroker implements AutoCloseable {
  static final String SUBSCRIBER = "conformance";
  static final String TASKS = "tasks";
  static final String RESULTS = "results";

  /** The time that the client has for any response. */
  static final Duration LIMIT = Duration.ofSeconds(15);

  private final Path socket;
  private final ServerSocketChannel listening;
  private final LinkedBlockingQueue<Peer.Arrival> arrivals = new LinkedBlockingQueue<>();
  private final Set<Peer> peers = new LinkedHashSet<>();
  private final AtomicInteger accepted = new AtomicInteger();

  /** Whether to close accepted connections at once. */
  private volatile boolean shut;

  private volatile boolean closed;
  private @Nullable Peer worker;
  private int keys;

  PlayedBroker(Path socket) throws IOException {
    this.socket = socket;
    this.listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
    Thread acceptor = new Thread(this::accept, "ppmq-conformance-acceptor");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  private void accept() {
    try {
      while (!closed) {
        var channel = listening.accept();
        accepted.incrementAndGet();
        if (shut) {
          channel.close();
        } else {
          synchronized (peers) {
            peers.add(new Peer(channel, arrivals));
          }
        }
      }
    } catch (IOException e) {
      if (!closed) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The next value that is not only a command, within the limit. */
  Word next(String awaited) throws Broken, IOException, InterruptedException {
    Word word = next(LIMIT);
    if (word == null) {
      throw new Broken("no " + awaited + " came within " + LIMIT.toSeconds() + " s");
    }
    return word;
  }

  /** The same; null if none arrives in time. Confirms commands meanwhile. */
  @Nullable Word next(Duration limit) throws Broken, IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      Peer.Arrival arrival =
          arrivals.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (arrival == null) {
        return null;
      }
      Value value = arrival.value();
      if (value == null) {
        lost(arrival);
      } else if (value.has("Command") && !value.text("Command").isEmpty()) {
        command(new Word(arrival.from(), value));
      } else {
        return new Word(arrival.from(), value);
      }
    }
  }

  private void lost(Peer.Arrival arrival) throws Broken, IOException {
    arrival.from().close();
    synchronized (peers) {
      peers.remove(arrival.from());
    }
    if (arrival.from() == worker) {
      worker = null;
    }
    Broken.unless(arrival.end().isEmpty(), "it sent invalid JSON: " + arrival.end());
  }

  private void command(Word word) throws Broken, IOException {
    String subscriber = word.value().text("Subscriber");
    Broken.unless(
        subscriber.equals(SUBSCRIBER),
        "the Subscriber of a command is \"" + subscriber + "\", not \"" + SUBSCRIBER + "\"");
    switch (word.value().text("Command")) {
      case "SUBSCRIBE" -> worker = word.from();
      case "UNSUBSCRIBE" -> {
        if (word.from() == worker) {
          worker = null;
        }
      }
      case "RECONNECT", "CONNECT" -> {}
      default -> throw new Broken("an unknown Command: " + word.value().text("Command"));
    }
    word.confirm();
  }

  /**
   * The first SUBSCRIBE, which the step then answers; before the answer the connection is not a
   * worker.
   */
  Word nextCommand() throws Broken, IOException, InterruptedException {
    while (true) {
      Peer.Arrival arrival = arrivals.poll(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      if (arrival == null) {
        throw new Broken("no SUBSCRIBE came within " + LIMIT.toSeconds() + " s");
      }
      Value value = arrival.value();
      if (value == null) {
        lost(arrival);
        continue;
      }
      Word word = new Word(arrival.from(), value);
      if (value.text("Command").equals("SUBSCRIBE")) {
        return word;
      }
      Broken.unless(
          value.text("Command").equals("RECONNECT"),
          "SUBSCRIBE must be the first value, not " + word);
      word.confirm();
    }
  }

  /** Waits until there is a worker. */
  Peer worker() throws Broken, IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (worker == null) {
      long left = deadline - System.nanoTime();
      Broken.unless(left > 0, "no SUBSCRIBE within " + LIMIT.toSeconds() + " s");
      next(Duration.ofMillis(20)); // all other values are late
    }
    return worker;
  }

  boolean isServed() {
    return worker != null;
  }

  boolean isWorker(Peer peer) {
    return peer == worker;
  }

  void worker(Peer peer) {
    worker = peer;
  }

  /** A new key. */
  String key() {
    keys++;
    return "key-" + keys;
  }

  /** A batch as the broker writes it. */
  static String batch(String topic, List<Map<String, Object>> messages) {
    Map<String, Object> batch = new LinkedHashMap<>();
    batch.put("topic", topic);
    batch.put("subscriber", SUBSCRIBER);
    batch.put("messages", messages);
    return JsonText.of(batch) + "\n";
  }

  /** A message of a batch. */
  static Map<String, Object> message(String key, Map<String, Object> task) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("Key", key);
    message.put("Payload", task);
    return message;
  }

  /** Pushes a batch of tasks, and returns their keys. */
  List<String> push(List<Map<String, Object>> tasks)
      throws Broken, IOException, InterruptedException {
    List<String> pushed = new ArrayList<>();
    List<Map<String, Object>> messages = new ArrayList<>();
    for (Map<String, Object> task : tasks) {
      String key = key();
      pushed.add(key);
      messages.add(message(key, task));
    }
    worker().write(batch(TASKS, messages));
    return pushed;
  }

  /** Closes every connection. */
  void closePeers() throws IOException {
    List<Peer> all;
    synchronized (peers) {
      all = List.copyOf(peers);
    }
    for (Peer peer : all) {
      peer.close();
    }
    worker = null;
  }

  /** Sets whether every new connection is closed at once. */
  void shut(boolean shut) {
    this.shut = shut;
  }

  boolean isAnybodyConnected() {
    synchronized (peers) {
      return !peers.isEmpty();
    }
  }

  int accepted() {
    return accepted.get();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    listening.close();
    closePeers();
    Files.deleteIfExists(socket);
  }
}
