package io.ppmq.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a publisher. The broker stops reading a connection on which a message waits
 * for room in a full topic, so topics that are published to at the same time get separate
 * connections. When every connection has values of other topics under way, another one is opened,
 * up to {@value #CONNECTIONS_MAX}. Beyond that, a topic shares the connection that made progress
 * last and is not held back. All values of a topic that are under way are on one connection, which
 * keeps their order.
 *
 * <p>Safe for any thread.
 */
final class TopicConnections {
  private static final int CONNECTIONS_MAX = 8;

  private static final class Way {
    final Connection connection;
    int values;
    long movedNanos = System.nanoTime();

    Way(Connection connection) {
      this.connection = connection;
    }
  }

  /** A topic with values under way. */
  private static final class Busy {
    final Way way;
    int values;

    Busy(Way way) {
      this.way = way;
    }
  }

  private final Address address;
  private final Duration timeout;
  private final int windowValues;

  /** Guards the fields below it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final List<Way> ways = new ArrayList<>();
  private final Map<String, Busy> topics = new HashMap<>();
  private boolean closed;

  TopicConnections(Address address, Duration timeout, int windowValues) {
    this.address = address;
    this.timeout = timeout;
    this.windowValues = windowValues;
    ways.add(open());
  }

  private Way open() {
    return new Way(new Connection(address, timeout, windowValues));
  }

  /** Sends a value of a topic, as {@link Connection#send(String, Consumer)} does. */
  Value send(String topic, String fields, Consumer<@Nullable Exception> ended)
      throws InterruptedException {
    Way way = enter(topic);
    boolean sent = false;
    try {
      Value value =
          way.connection.send(
              fields,
              failure -> {
                leave(topic);
                ended.accept(failure);
              });
      sent = true;
      return value;
    } finally {
      if (!sent) {
        leave(topic);
      }
    }
  }

  private Way enter(String topic) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("closed");
      }
      Busy busy = topics.computeIfAbsent(topic, fresh -> new Busy(choose()));
      busy.values++;
      busy.way.values++;
      return busy.way;
    } finally {
      lock.unlock();
    }
  }

  private Way choose() {
    Way moved = ways.get(0);
    for (Way way : ways) {
      if (way.values == 0) {
        return way;
      }
      if (way.movedNanos - moved.movedNanos > 0) {
        moved = way;
      }
    }
    if (ways.size() < CONNECTIONS_MAX) {
      moved = open();
      ways.add(moved);
    }
    return moved;
  }

  private void leave(String topic) {
    lock.lock();
    try {
      Busy busy = topics.get(topic);
      if (busy == null) {
        throw new IllegalStateException("nothing of the topic is under way");
      }
      busy.way.values--;
      busy.way.movedNanos = System.nanoTime();
      if (--busy.values == 0) {
        topics.remove(topic);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Closes all connections, as {@link Connection#close} does; they share the grace time. */
  void close(Duration grace) {
    List<Way> last;
    lock.lock();
    try {
      closed = true;
      last = List.copyOf(ways);
    } finally {
      lock.unlock();
    }
    long deadlineNanos = System.nanoTime() + grace.toNanos();
    for (Way way : last) {
      long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
      way.connection.close(Duration.ofNanos(leftNanos));
    }
  }
}
