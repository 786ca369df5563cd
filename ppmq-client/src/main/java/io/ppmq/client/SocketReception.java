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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Listens on the subscriber's own socket, to which the broker connects. One thread accepts and
 * reads. Several connections may overlap while the broker reconnects. A batch that was cut off is
 * not handled. Words go to the broker's socket, and are sent again until they are confirmed.
 */
final class SocketReception implements Reception {
  private static final int CONNECTIONS_MAX = 8;

  /**
   * How long nobody is accepted after that has failed: no file is free, and will not be at once.
   */
  private static final long ACCEPT_PAUSE_MILLIS = 200;

  private final SubscriberBuilder options;
  private final ListeningSocket socket;
  private final Acknowledgements acknowledgements;
  private final Taker taker;
  private final Selector selector;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile boolean closing;
  private volatile @Nullable Refused refused;

  // Owned by the reading thread from here on.

  /** The number of open connections of the broker. */
  private int connections;

  private boolean pausing;
  private long pauseEndNanos;

  /** Whether the last attempt to accept a connection failed, and was reported. */
  private boolean refusing;

  SocketReception(
      SubscriberBuilder options,
      ListeningSocket socket,
      Acknowledgements acknowledgements,
      Taker taker)
      throws IOException {
    this.options = options;
    this.socket = socket;
    this.acknowledgements = acknowledgements;
    this.taker = taker;
    this.selector = Selector.open();
    socket.channel().configureBlocking(false);
    socket.channel().register(selector, SelectionKey.OP_ACCEPT);
  }

  void start() {
    Thread thread = new Thread(this::run, "ppmq-subscriber");
    thread.setDaemon(true);
    thread.start();
    var unused = acknowledgements.refusal().thenAccept(this::refused);
  }

  /** Ends the subscriber: the broker knows no such subscriber, so no message will ever come. */
  private void refused(Refused refusal) {
    refused = refusal;
    stop();
  }

  @Override
  public void say(String topic, Collection<String> keys, @Nullable Nack nack)
      throws InterruptedException {
    taker.settled(topic, keys);
    acknowledgements.say(topic, keys, nack);
  }

  @Override
  public List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    return acknowledgements.extend(topic, keys);
  }

  @Override
  public void stop() {
    closing = true;
    stopListening();
    taker.stop();
    selector.wakeup();
  }

  @Override
  public void interrupt() {
    taker.interruptHandlers();
  }

  @Override
  public boolean isHandler() {
    return taker.isHandler();
  }

  @Override
  public CompletableFuture<Void> ended() {
    return ended;
  }

  private void stopListening() {
    try {
      socket.close();
    } catch (IOException e) {
      options.problems.report("the socket of subscriber " + options.name + " was not removed", e);
    }
  }

  private void run() {
    try {
      while (!closing) {
        selector.select(pauseMillis());
        for (SelectionKey key : List.copyOf(selector.selectedKeys())) {
          serve(key);
        }
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      options.problems.report("subscriber " + options.name + " stopped listening", e);
    } catch (InterruptedException e) {
      closing = true; // only interrupt() does that
    } finally {
      end();
    }
  }

  private void serve(SelectionKey key) throws IOException, InterruptedException {
    if (closing || !key.isValid()) {
      return;
    }
    if (key.channel() == socket.channel()) {
      serveListening(key);
      return;
    }
    try {
      read(key);
    } catch (IOException e) {
      if (!closing) {
        options.problems.report("a connection to subscriber " + options.name + " failed", e);
        hangUp(key);
      }
    }
  }

  /** Accepts a connection; after a failure the others are read, and nobody is accepted a while. */
  private void serveListening(SelectionKey listening) throws IOException {
    try {
      accept(listening);
      refusing = false;
    } catch (IOException e) {
      if (closing) {
        return;
      }
      if (!socket.channel().isOpen()) {
        throw e; // the program closed it
      }
      if (!refusing) {
        String sentence =
            "subscriber " + options.name + " cannot accept a connection, trying again";
        options.problems.report(sentence, e);
      }
      refusing = true;
      pausing = true;
      pauseEndNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ACCEPT_PAUSE_MILLIS);
      listening.interestOps(0);
    }
  }

  private void accept(SelectionKey listening) throws IOException {
    SocketChannel connection = socket.channel().accept();
    if (connection == null) {
      return;
    }
    boolean registered = false;
    try {
      connection.configureBlocking(false);
      if (connection.supportedOptions().contains(StandardSocketOptions.SO_KEEPALIVE)) {
        connection.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }
      connection.register(selector, SelectionKey.OP_READ, new ValueFramer(options.batchBytesMax));
      registered = true;
    } finally {
      if (!registered) {
        connection.close();
      }
    }
    connections++;
    if (connections == CONNECTIONS_MAX) {
      listening.interestOps(0); // the others wait in the backlog
    }
  }

  /** The rest of the pause, at the end of which it listens again; 0 when there is none. */
  private long pauseMillis() {
    if (pausing) {
      long leftNanos = pauseEndNanos - System.nanoTime();
      if (leftNanos > 0) {
        return 1 + TimeUnit.NANOSECONDS.toMillis(leftNanos);
      }
      listenAgain();
    }
    return 0;
  }

  private void listenAgain() {
    pausing = false;
    SelectionKey listening = socket.channel().keyFor(selector);
    if (listening != null && listening.isValid() && connections < CONNECTIONS_MAX) {
      listening.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void read(SelectionKey key) throws IOException, InterruptedException {
    ValueFramer values = (ValueFramer) key.attachment();
    int count = values.read((SocketChannel) key.channel());
    for (JsonReader json = values.next(); json != null && !closing; json = values.next()) {
      Batch batch = Wire.readBatch(json);
      if (!batch.subscriber().equals(options.name)) {
        throw new ProtocolException("a batch for subscriber " + batch.subscriber());
      }
      taker.take(batch);
    }
    if (count < 0) {
      if (values.isWithinValue()) {
        throw new EOFException("a batch was cut off");
      }
      hangUp(key);
    }
  }

  private void hangUp(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      options.problems.report("a connection to subscriber " + options.name + " failed", e);
    }
    connections--;
    listenAgain();
  }

  private void end() {
    stopListening();
    taker.stop();
    selector.keys().stream().filter(key -> key.attachment() != null).forEach(this::hangUp);
    try {
      selector.close();
    } catch (IOException e) {
      options.problems.report("the sockets of subscriber " + options.name + " did not close", e);
    } finally {
      finish();
    }
  }

  private void finish() {
    try {
      taker.awaitHandlers(options.timeout.multipliedBy(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      acknowledgements.close(options.timeout);
      Refused refusal = refused;
      if (refusal == null) {
        ended.complete(null);
      } else {
        ended.completeExceptionally(refusal);
      }
    }
  }
}
