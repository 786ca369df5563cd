package io.ppmq.client;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Listens on a subscriber's socket, hands each batch that the broker pushes to a handler, and
 * acknowledges it when the handler returns. Made by {@link #builder}; listens at once.
 *
 * <p>One thread accepts, reads and calls the handler, so the handler sees one batch at a time, and
 * while it works the sockets hold the broker back. Several connections may overlap while the broker
 * reconnects; a batch that was cut off is not handled. Acknowledgements that the broker did not
 * confirm are sent again until it does, or until the subscriber is closed. The threads are daemons:
 * they keep no JVM alive, {@link #awaitClosed} does.
 */
public final class Subscriber implements AutoCloseable {
  private static final int CONNECTIONS_MAX = 8;

  /** Takes what is delivered. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Does what the messages ask for. Called for one batch at a time, and again for messages that
     * were handled already when their acknowledgement did not reach the broker.
     *
     * @throws Exception the batch is not acknowledged: the broker delivers its messages again after
     *     the topic's {@code AckRetry} or a RECONNECT, and no other batch of the topic before
     */
    void handle(Batch batch) throws Exception;
  }

  /** Learns what went wrong without ending the subscriber. */
  @FunctionalInterface
  public interface Problems {
    /**
     * Takes note; quickly, on whichever thread noticed, and without throwing. Never holds a key or
     * a payload, unless the handler's own exception does.
     */
    void report(String sentence, @Nullable Throwable cause);
  }

  private final SubscriberBuilder options;
  private final Handler handler;
  private final ListeningSocket socket;
  private final Selector selector;
  private final Acknowledgements acknowledgements;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean closing;
  private volatile @Nullable Refused refused;

  /** How many connections of the broker are open; the subscriber's own thread's. */
  private int connections;

  Subscriber(
      SubscriberBuilder options,
      ListeningSocket socket,
      Acknowledgements acknowledgements,
      Handler handler)
      throws IOException {
    this.options = options;
    this.handler = handler;
    this.socket = socket;
    this.selector = Selector.open();
    socket.channel().configureBlocking(false);
    socket.channel().register(selector, SelectionKey.OP_ACCEPT);
    this.acknowledgements = acknowledgements;
    this.thread = new Thread(this::run, "ppmq-subscriber");
    this.thread.setDaemon(true);
    this.thread.start();
    var unused = acknowledgements.refusal().thenAccept(this::refused);
  }

  /** The broker knows no such subscriber: nothing will ever come. */
  private void refused(Refused refusal) {
    refused = refusal;
    closing = true;
    stopListening();
    selector.wakeup();
  }

  /**
   * Begins to describe a subscriber.
   *
   * @param name the subscriber's name in the broker's configuration
   * @param broker the broker's own socket, where acknowledgements go
   */
  public static SubscriberBuilder builder(String name, Address broker) {
    return new SubscriberBuilder(name, broker);
  }

  /**
   * Acknowledges messages by hand: for handlers that acknowledge a part of a batch, or later. Does
   * not wait for the confirm; safe for any thread.
   *
   * @throws IllegalStateException when the subscriber is closed
   */
  public void acknowledge(String topic, Collection<String> keys) throws InterruptedException {
    acknowledgements.acknowledge(topic, keys);
  }

  /**
   * Blocks until the subscriber is closed, by whichever thread.
   *
   * @throws Refused it closed by itself, since the broker refuses it: it has no subscriber of this
   *     name, or not for this user
   */
  public void awaitClosed() throws Refused, InterruptedException {
    closed.await();
    Refused refusal = refused;
    if (refusal != null) {
      throw refusal;
    }
  }

  /**
   * Stops listening, removes the socket's file, lets the handler finish its batch and sends the
   * last acknowledgements. A handler that takes longer than the {@linkplain
   * SubscriberBuilder#timeout timeout} is interrupted, and left behind when it does not end within
   * the same time again. Safe to call from any thread, the handler's and a shutdown hook included,
   * and more than once.
   */
  @Override
  public void close() {
    closing = true;
    stopListening();
    selector.wakeup();
    if (Thread.currentThread() == thread) {
      return; // by the handler: the thread closes the rest when it returns
    }
    try {
      long timeoutMillis = options.timeout.toMillis();
      if (!closed.await(timeoutMillis, TimeUnit.MILLISECONDS)) {
        thread.interrupt();
        boolean unused = closed.await(timeoutMillis, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void stopListening() {
    try {
      socket.close();
    } catch (IOException e) {
      options.problems.report("the socket of subscriber " + options.name + " is not removed", e);
    }
  }

  private void run() {
    try {
      while (!closing) {
        selector.select();
        for (SelectionKey key : List.copyOf(selector.selectedKeys())) {
          serve(key);
        }
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      options.problems.report("subscriber " + options.name + " stopped listening", e);
    } catch (InterruptedException e) {
      closing = true; // only close() interrupts this thread
    } finally {
      end();
    }
  }

  private void serve(SelectionKey key) throws InterruptedException {
    if (closing || !key.isValid()) {
      return;
    }
    try {
      if (key.channel() == socket.channel()) {
        accept(key);
      } else {
        read(key);
      }
    } catch (IOException e) {
      if (!closing) {
        options.problems.report("a connection to subscriber " + options.name + " failed", e);
        hangUp(key);
      }
    }
  }

  private void accept(SelectionKey listening) throws IOException {
    SocketChannel connection = socket.channel().accept();
    if (connection == null) {
      return;
    }
    connections++;
    connection.configureBlocking(false);
    if (connection.supportedOptions().contains(StandardSocketOptions.SO_KEEPALIVE)) {
      connection.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }
    connection.register(selector, SelectionKey.OP_READ, new ValueFramer(options.batchBytesMax));
    if (connections == CONNECTIONS_MAX) {
      listening.interestOps(0); // the others wait in the backlog
    }
  }

  private void read(SelectionKey key) throws IOException, InterruptedException {
    ValueFramer values = (ValueFramer) key.attachment();
    int count = values.read((SocketChannel) key.channel());
    for (JsonReader json = values.next(); json != null && !closing; json = values.next()) {
      deliver(Wire.readBatch(json));
    }
    if (count < 0) {
      if (values.isWithinValue()) {
        throw new EOFException("a batch was cut off");
      }
      hangUp(key);
    }
  }

  private void deliver(Batch batch) throws IOException, InterruptedException {
    if (!batch.subscriber().equals(options.name)) {
      throw new ProtocolException("a batch for subscriber " + batch.subscriber());
    }
    acknowledgements.delivered(batch);
    try {
      handler.handle(batch);
    } catch (Exception e) {
      options.problems.report("not acknowledged, because the handler failed: " + batch, e);
      return;
    } finally {
      boolean unused = Thread.interrupted(); // the handler's; it would close the channels
    }
    if (options.acknowledge) {
      acknowledgements.acknowledge(batch.topic(), batch.keys());
    }
  }

  private void hangUp(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      options.problems.report("a connection to subscriber " + options.name + " failed", e);
    }
    connections--;
    SelectionKey listening = socket.channel().keyFor(selector);
    if (listening != null && listening.isValid()) {
      listening.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void end() {
    stopListening();
    selector.keys().stream().filter(key -> key.attachment() != null).forEach(this::hangUp);
    try {
      selector.close();
    } catch (IOException e) {
      options.problems.report("the sockets of subscriber " + options.name + " did not close", e);
    } finally {
      acknowledgements.close(options.timeout);
      closed.countDown();
    }
  }
}
