package io.ppmq.server;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Senders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the connections to all subscribers on one thread: continues a push that the socket did
 * not take at once, finishes connecting, and notices when a subscriber is gone.
 *
 * <p>The broker's own thread makes the first attempt at a push, without blocking, because it nearly
 * always succeeds and saves waking this thread. So both threads use a {@link SubscriberConnection},
 * which has its own lock. A stuck subscriber keeps one buffer and its batch, and does not hold up
 * others.
 */
final class SenderLoop implements Senders {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private volatile Map<String, Recipient> recipients;
  private final Selector selector;
  private final SocketWatch watch;
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final ByteBuffer discarded = ByteBuffer.allocate(4096);
  private final Thread thread = new Thread(this::run, "ppmq-send");
  private final AtomicInteger open = new AtomicInteger();
  private volatile int openMax = Integer.MAX_VALUE;
  private volatile boolean stopping;

  /** A loop for these subscribers, by name. */
  SenderLoop(Map<String, Recipient> recipients) throws IOException {
    this.recipients = Map.copyOf(recipients);
    this.selector = Selector.open();
    this.watch = new SocketWatch();
  }

  /** Uses these recipients, by name, for new senders. */
  void apply(Map<String, Recipient> next) {
    recipients = Map.copyOf(next);
  }

  /** Sets the most connections that may be open at once. Any thread. */
  void allow(int connections) {
    openMax = connections;
  }

  /** Whether as many connections are open as may be. Any thread. */
  boolean isFull() {
    return open.get() >= openMax;
  }

  /** A connection has opened its file. Any thread. */
  void opened() {
    open.incrementAndGet();
  }

  /** A connection has closed its file. Any thread. */
  void closed() {
    open.decrementAndGet();
  }

  @Override
  public Sender sender(String subscriber, Sender.Link link) {
    return connection(subscriber, link);
  }

  /** An unconnected connection to the socket on this machine. */
  SubscriberConnection connection(String subscriber, Sender.Link link) {
    Recipient recipient = recipients.get(subscriber);
    if (recipient == null) {
      throw new IllegalArgumentException("no address for subscriber " + subscriber);
    }
    return new SubscriberConnection(this, subscriber, recipient, link);
  }

  /** The topics of a subscriber with a rule about users, in the present configuration. */
  List<String> topics(String subscriber) {
    Recipient recipient = recipients.get(subscriber);
    return recipient == null ? List.of() : recipient.topics();
  }

  /** Begins. {@code bug} takes an unexpected exception that ends it, on its thread. */
  void start(Consumer<Throwable> bug) {
    thread.setUncaughtExceptionHandler((ended, reason) -> bug.accept(reason));
    thread.start();
  }

  void stop() throws InterruptedException, IOException {
    stopping = true;
    selector.wakeup();
    thread.join();
    selector.close();
    watch.close();
  }

  SocketWatch watch() {
    return watch;
  }

  /** Watches a connection from now on, and reports events to it. */
  void register(SocketChannel channel, int operations, SubscriberConnection connection) {
    errands.add(
        () -> {
          try {
            channel.register(selector, operations, connection);
          } catch (IOException closedMeanwhile) {
            LOG.debug("a connection closed before it was watched");
          }
        });
    selector.wakeup();
  }

  /** Changes the watched operations of a connection. */
  void watchFor(SocketChannel channel, int operations) {
    errands.add(
        () -> {
          SelectionKey key = channel.keyFor(selector);
          try {
            if (key != null) {
              key.interestOps(operations);
            }
          } catch (CancelledKeyException closedMeanwhile) {
            LOG.debug("a connection closed before it was watched for something else");
          }
        });
    selector.wakeup();
  }

  private void run() {
    try {
      while (!stopping) {
        selector.select();
        for (Runnable errand = errands.poll(); errand != null; errand = errands.poll()) {
          errand.run();
        }
        List<SelectionKey> selected = new ArrayList<>(selector.selectedKeys());
        selector.selectedKeys().clear();
        for (SelectionKey key : selected) {
          serve(key);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(SelectionKey key) {
    if (key.attachment() instanceof SubscriberConnection connection) {
      int ready = readyFor(key);
      if ((ready & SelectionKey.OP_CONNECT) != 0) {
        connection.finishConnect(key);
      } else if ((ready & SelectionKey.OP_WRITE) != 0) {
        connection.writeOn();
      } else if ((ready & SelectionKey.OP_READ) != 0) {
        connection.read(discarded.clear());
      }
    }
  }

  /** The ready operations; none if the broker's own thread has just closed the connection. */
  private static int readyFor(SelectionKey key) {
    try {
      return key.readyOps();
    } catch (CancelledKeyException closedMeanwhile) {
      return 0;
    }
  }
}
