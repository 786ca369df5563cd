package io.ppmq.server;

import io.ppmq.broker.port.Sender;
import io.ppmq.topic.Batch;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends to a subscriber whose socket may be on several machines: tries one after another until one
 * takes the connection. Like every sender it is called by one thread of the broker, and gets
 * results from several; it needs no lock, since it tries only one connection at a time.
 */
final class RoamingSender implements Sender {
  private final String own;
  private final List<String> places;
  private final Link link;
  private final Function<String, CompletableFuture<SocketChannel>> dial;
  private final SubscriberConnection connection;
  private volatile boolean closed;

  /** Whether the broker waits for a connection: only then it tries the next place. */
  private volatile boolean opening;

  private volatile String reasons = "";
  private volatile int at;

  /**
   * An unconnected sender.
   *
   * @param own the name of this machine
   * @param places the names of the machines in the order to try
   * @param dial connects to the socket on another machine
   * @param connections makes the connection on this machine
   */
  RoamingSender(
      String own,
      List<String> places,
      Link link,
      Function<String, CompletableFuture<SocketChannel>> dial,
      Function<Link, SubscriberConnection> connections) {
    this.own = own;
    this.places = places;
    this.link = link;
    this.dial = dial;
    this.connection = connections.apply(new Told());
  }

  @Override
  public void open() {
    opening = true;
    reasons = "";
    tryPlace(0);
  }

  private void tryPlace(int next) {
    at = next;
    if (next == places.size()) {
      opening = false;
      link.failed(reasons);
    } else if (places.get(next).equals(own)) {
      connection.open();
    } else {
      var unused = dial.apply(places.get(next)).whenComplete(this::dialled);
    }
  }

  private void dialled(@Nullable SocketChannel channel, @Nullable Throwable failure) {
    if (channel != null) {
      connection.take(channel, places.get(at), closed);
    } else if (!closed) {
      failedHere(failure == null ? "no answer" : reason(failure));
    }
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure.getCause();
    return String.valueOf((cause == null ? failure : cause).getMessage());
  }

  private void failedHere(String reason) {
    String place = places.get(at).equals(own) ? reason : "node " + places.get(at) + ": " + reason;
    reasons = reasons.isEmpty() ? place : reasons + "; " + place;
    tryPlace(at + 1);
  }

  @Override
  public boolean push(Batch batch) {
    return connection.push(batch);
  }

  @Override
  public void prepare(Batch batch) {
    connection.prepare(batch);
  }

  @Override
  public void close() {
    closed = true;
    opening = false;
    connection.close();
  }

  /** Passes on the reports of the connection, except a failed attempt, which is not the end. */
  private final class Told implements Link {
    @Override
    public void opened() {
      opening = false;
      link.opened();
    }

    @Override
    public void pushed() {
      link.pushed();
    }

    @Override
    public void failed(String reason) {
      if (opening) {
        failedHere(reason);
      } else {
        link.failed(reason);
      }
    }

    @Override
    public void closed(boolean unread) {
      link.closed(unread);
    }

    @Override
    public void appeared() {
      link.appeared();
    }
  }
}
