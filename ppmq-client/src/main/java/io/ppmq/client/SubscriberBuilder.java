package io.ppmq.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Describes a {@link Subscriber} until one of the {@code listen} methods makes it, which is the end
 * of the builder. For one thread.
 */
public final class SubscriberBuilder {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.client");

  final String name;
  final Address broker;
  boolean reconnect = true;
  boolean acknowledge = true;
  int batchBytesMax = 64 << 20;
  Duration timeout = Duration.ofSeconds(10);
  Subscriber.Problems problems = SubscriberBuilder::log;

  SubscriberBuilder(String name, Address broker) {
    this.name = name;
    this.broker = broker;
  }

  /**
   * Whether to send RECONNECT at the start, so that what an earlier run left unacknowledged is
   * delivered at once; true unless said otherwise. {@code listen(Address, …)} waits for its confirm
   * before there is a socket to push to, so that nothing comes twice; no longer than the timeout,
   * and not at all for a broker that is not there.
   */
  public SubscriberBuilder reconnect(boolean reconnect) {
    this.reconnect = reconnect;
    return this;
  }

  /**
   * Whether a batch is acknowledged when the handler returns; true unless said otherwise. With
   * false nothing is, but what {@link Subscriber#acknowledge} is called for.
   */
  public SubscriberBuilder acknowledge(boolean acknowledge) {
    this.acknowledge = acknowledge;
    return this;
  }

  /**
   * The longest batch to accept, in bytes of JSON; 64 MiB unless said otherwise. A longer one is
   * reported and its connection closed: nothing of it is handled, and the broker keeps trying.
   */
  public SubscriberBuilder batchBytesMax(int batchBytesMax) {
    if (batchBytesMax < 1) {
      throw new IllegalArgumentException("batchBytesMax is not above zero: " + batchBytesMax);
    }
    this.batchBytesMax = batchBytesMax;
    return this;
  }

  /**
   * How long the broker may take to confirm an acknowledgement before it is sent again on another
   * connection, and how long {@link Subscriber#close} waits for the handler, and again for the last
   * confirms; 10 s unless said otherwise.
   */
  public SubscriberBuilder timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /** Who learns what went wrong; a warning to the {@link System.Logger} unless said otherwise. */
  public SubscriberBuilder problems(Subscriber.Problems problems) {
    this.problems = problems;
    return this;
  }

  /**
   * Listens at the subscriber's own address, as the broker's configuration names it. A unix
   * socket's file takes its mode from the umask, and the broker must be able to write to it. A
   * stale file is replaced; an empty file beside it, {@code PATH.lock}, tells programs of this
   * package that one of them listens, and stays behind.
   *
   * @throws java.net.BindException somebody listens there, or the path is not that of a socket
   */
  public Subscriber listen(Address own, Subscriber.Handler handler) throws IOException {
    Acknowledgements acknowledgements = acknowledgements();
    ListeningSocket socket = null;
    try {
      socket = ListeningSocket.open(own, () -> awaitReconnect(acknowledgements));
    } finally {
      if (socket == null) {
        acknowledgements.close(Duration.ZERO);
      }
    }
    return start(socket, acknowledgements, handler);
  }

  /**
   * Listens on a channel that is bound already, such as the one of {@link
   * System#inheritedChannel()} after systemd's socket activation. The subscriber closes it, and
   * leaves its file alone.
   */
  public Subscriber listen(ServerSocketChannel own, Subscriber.Handler handler) throws IOException {
    ListeningSocket socket = ListeningSocket.of(own);
    Acknowledgements acknowledgements = acknowledgements();
    if (reconnect) {
      try {
        var unused = acknowledgements.reconnect();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // it is sent again
      }
    }
    return start(socket, acknowledgements, handler);
  }

  private Acknowledgements acknowledgements() {
    return new Acknowledgements(broker, name, timeout, problems);
  }

  /**
   * Sends RECONNECT and waits for its confirm, or until it is known that there is none for now.
   * What the broker pushed to the socket before would come twice.
   */
  private void awaitReconnect(Acknowledgements acknowledgements) throws IOException {
    if (!reconnect) {
      return;
    }
    try {
      acknowledgements.reconnect().get();
    } catch (ExecutionException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the broker was told of the subscriber");
    }
  }

  private Subscriber start(
      ListeningSocket socket, Acknowledgements acknowledgements, Subscriber.Handler handler)
      throws IOException {
    boolean started = false;
    try {
      Subscriber subscriber = new Subscriber(this, socket, acknowledgements, handler);
      started = true;
      return subscriber;
    } finally {
      if (!started) {
        acknowledgements.close(Duration.ZERO);
        socket.close();
      }
    }
  }

  private static void log(String sentence, @Nullable Throwable cause) {
    String reason = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    LOGGER.log(System.Logger.Level.WARNING, sentence + reason);
  }
}
