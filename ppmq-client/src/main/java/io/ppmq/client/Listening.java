package io.ppmq.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/** Starts a subscriber that listens on its own socket, one step after the other. */
final class Listening {
  private final SubscriberBuilder options;
  private final Acknowledgements acknowledgements;

  Listening(SubscriberBuilder options) {
    this.options = options;
    Connection connection =
        new Connection(options.broker, options.timeout, Acknowledgements.WINDOW_VALUES);
    this.acknowledgements = new Acknowledgements(connection, options.name, options.problems);
    acknowledgements.start();
  }

  static Function<Acknowledgements, Taker> inTurn(
      SubscriberBuilder options, Subscriber.Handler handler) {
    return acknowledgements -> new InTurn(options, handler, acknowledgements);
  }

  static Function<Acknowledgements, Taker> oneByOne(
      SubscriberBuilder options, MessageHandler handler) {
    return acknowledgements -> new OneByOne(options, handler, acknowledgements);
  }

  Subscriber open(Address own, Function<Acknowledgements, Taker> takers) throws IOException {
    ListeningSocket socket = null;
    try {
      socket = ListeningSocket.open(own, this::awaitReconnect);
    } finally {
      if (socket == null) {
        acknowledgements.close(Duration.ZERO);
      }
    }
    return start(socket, takers);
  }

  Subscriber open(ServerSocketChannel own, Function<Acknowledgements, Taker> takers)
      throws IOException {
    ListeningSocket socket = null;
    try {
      socket = ListeningSocket.of(own);
    } finally {
      if (socket == null) {
        acknowledgements.close(Duration.ZERO);
      }
    }
    if (options.reconnect) {
      try {
        var unused = acknowledgements.reconnect();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // RECONNECT is sent again
      }
    }
    return start(socket, takers);
  }

  /**
   * Sends RECONNECT and waits until it is confirmed or its first attempt fails. Messages that the
   * broker pushed to the socket before the confirm would come twice.
   */
  private void awaitReconnect() throws IOException {
    if (!options.reconnect) {
      return;
    }
    try {
      acknowledgements.reconnect().get();
    } catch (ExecutionException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(
          "interrupted while waiting for the broker to confirm RECONNECT");
    }
  }

  private Subscriber start(ListeningSocket socket, Function<Acknowledgements, Taker> takers)
      throws IOException {
    SocketReception reception = null;
    try {
      Taker taker = takers.apply(acknowledgements);
      reception = new SocketReception(options, socket, acknowledgements, taker);
      return new Subscriber(reception, options.timeout);
    } finally {
      if (reception == null) {
        acknowledgements.close(Duration.ZERO);
        socket.close();
      } else {
        reception.start();
      }
    }
  }
}
