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
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the connections to all subscribers on one thread: continues a push that the socket did
 * not take at once, finishes connecting, and notices when a subscriber is gone.
 *
 * <p>The first attempt at a push is made by the broker's own thread, without blocking, because it
 * nearly always succeeds and saves waking this one. So both threads come to a {@link
 * SubscriberConnection}, which has a lock of its own. A stuck subscriber keeps one buffer and its
 * batch, and holds up nobody else.
 */
final class SenderLoop implements Senders {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private volatile Map<String, Recipient> recipients;
  private final Selector selector;
  private final SocketWatch watch;
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final ByteBuffer discarded = ByteBuffer.allocate(4096);
  private final Thread thread = new Thread(this::run, "ppmq-send");
  private volatile boolean stopping;

  /** A loop that sends to these subscribers, by name. */
  SenderLoop(Map<String, Recipient> recipients) throws IOException {
    this.recipients = Map.copyOf(recipients);
    this.selector = Selector.open();
    this.watch = new SocketWatch();
  }

  /** Sends to these, by name, over senders that are made from now on. */
  void apply(Map<String, Recipient> next) {
    recipients = Map.copyOf(next);
  }

  @Override
  public Sender sender(String subscriber, Sender.Link link) {
    return connection(subscriber, link);
  }

  /** A connection to the socket of this machine, which is not there yet. */
  SubscriberConnection connection(String subscriber, Sender.Link link) {
    Recipient recipient = recipients.get(subscriber);
    if (recipient == null) {
      throw new IllegalArgumentException("no address for subscriber " + subscriber);
    }
    return new SubscriberConnection(this, subscriber, recipient, link);
  }

  /** The topics of a subscriber with a rule about users, by the present configuration. */
  List<String> topics(String subscriber) {
    Recipient recipient = recipients.get(subscriber);
    return recipient == null ? List.of() : recipient.topics();
  }

  /** Begins. An unexpected exception that ends it is passed to {@code bug}, on its thread. */
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

  /** Watches a connection from now on, and tells it the events. */
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

  /** Has a connection that is watched already watched for these operations. */
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

  /** Nothing for a connection that the broker's own thread closes, at any moment. */
  private static int readyFor(SelectionKey key) {
    try {
      return key.readyOps();
    } catch (CancelledKeyException closedMeanwhile) {
      return 0;
    }
  }
}
