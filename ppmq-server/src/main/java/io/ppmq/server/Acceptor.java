package io.ppmq.server;

import io.ppmq.broker.stats.Bound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections as long as there is room; the others wait in the backlog of the socket. For
 * the listener's thread.
 */
final class Acceptor {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** The most connections accepted in a turn, so that existing ones are served in between. */
  private static final int ACCEPTED_AT_ONCE = 64;

  /**
   * The most accepted connections that wait for the next turn because there was no time to read
   * them.
   */
  private static final int NEWCOMERS_MAX = 64;

  /**
   * The most connections accepted in a turn during a burst: accepting one takes less time than
   * reading it.
   */
  private static final int BURST_AT_ONCE = 512;

  private static final int BURST_NEWCOMERS_MAX = 1024;

  /**
   * If the backlog has not been empty for this long, more connections arrive than can be read: that
   * is not a burst.
   */
  private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /**
   * If the backlog has not been empty for this long, it is a crowd: a burst may take a while on a
   * busy machine.
   */
  private static final long CROWD_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * If all places are taken, waiting connections stay in the backlog for this many turns:
   * connections that closed earlier are known to be closed only when they are read, and then make
   * room.
   */
  private static final int FULL_TURNS = 4;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Listener listener;
  private final Selector selector;
  private final ConnectionLimit limit;
  private ServerSocketChannel server;
  private SelectionKey key;
  private Backlog backlog;
  private int open;
  private boolean paused;
  private boolean failing;
  private long againNanos;

  /** Whether connections stayed in the backlog; the time since which it was not empty follows. */
  private boolean someWait;

  private long someWaitSinceNanos;
  private int waitedTurns;

  /** Accepts the connections that the selector reports for this socket. */
  Acceptor(Listener listener, Selector selector, ServerSocketChannel server, ConnectionLimit limit)
      throws IOException {
    this.listener = listener;
    this.selector = selector;
    this.limit = limit;
    this.server = server;
    server.configureBlocking(false);
    this.key = server.register(selector, SelectionKey.OP_ACCEPT);
    this.backlog = new Backlog(server);
  }

  /** Accepts from another socket from now on, after the connections that wait at the old one. */
  void acceptFrom(ServerSocketChannel next) {
    if (!key.isValid()) {
      return;
    }
    boolean more = true;
    while (more && !paused) {
      more = acceptSome(ACCEPTED_AT_ONCE, Integer.MAX_VALUE, true);
    }
    try {
      server.close();
      next.configureBlocking(false);
      key = next.register(selector, SelectionKey.OP_ACCEPT);
      server = next;
      backlog = new Backlog(next);
      paused = false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The number of open connections. */
  Bound bound() {
    return new Bound(
        "connections", "Connections to the broker's socket that are open.", open, limit.max());
  }

  /** Accepts no more. */
  void stop() {
    key.cancel();
  }

  /** Accepts some of the waiting connections. */
  void accept() {
    boolean full = limit.isReached(open + 1);
    if (!key.isValid() || (full && waitedTurns++ < FULL_TURNS)) {
      return;
    }
    waitedTurns = 0;
    long nowNanos = System.nanoTime();
    if (!someWait) {
      someWaitSinceNanos = nowNanos;
    }
    if (!backlog.isFew() && nowNanos - someWaitSinceNanos < BURST_NANOS) {
      someWait = acceptSome(BURST_AT_ONCE, BURST_NEWCOMERS_MAX, full);
      return;
    }
    someWait = acceptSome(ACCEPTED_AT_ONCE, NEWCOMERS_MAX, full);
    if (someWait && (backlog.isFew() || nowNanos - someWaitSinceNanos > CROWD_NANOS)) {
      backlog.crowded(nowNanos);
    }
  }

  /** Called if the selector reports no new connection. */
  void nobodyWaits() {
    someWait &= paused;
  }

  /** Accepts again after a pause. Called in every turn. */
  void acceptAgainIfRoom() {
    backlog.look(System.nanoTime());
    limit.shrink(open, listener::connections);
    if (paused && key.isValid() && mayAcceptAgain()) {
      paused = false;
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private boolean mayAcceptAgain() {
    return failing ? System.nanoTime() - againNanos > 0 : hasRoom(NEWCOMERS_MAX / 2);
  }

  private boolean hasRoom(int newcomersMax) {
    return listener.queue().newcomersLeft() < newcomersMax && limit.hasRoom(selector.keys().size());
  }

  private void pause() {
    paused = true;
    key.interestOps(0);
  }

  /** Accepts waiting connections, at most {@code atOnce}; returns whether others may still wait. */
  private boolean acceptSome(int atOnce, int newcomersMax, boolean full) {
    boolean failedBefore = failing;
    failing = false;
    try {
      for (int i = 0; i < atOnce; i++) {
        if (!hasRoom(newcomersMax)) {
          pause();
          return true;
        }
        if (!full && limit.isReached(open + 1)) {
          return true;
        }
        SocketChannel channel = server.accept();
        if (channel == null) {
          return false;
        }
        open++;
        limit.letIn(listener.open(channel, null), open, listener::connections);
      }
      return true;
    } catch (IOException e) {
      if (!failedBefore) {
        LOG.error("connections cannot be accepted, and are tried again: {}", e.getMessage());
      }
      failing = true;
      againNanos = System.nanoTime() + PAUSE_NANOS;
      pause();
      return true;
    }
  }

  /** Admits a connection that was accepted elsewhere, or closes it if {@code not} is set. */
  void adopt(SocketChannel channel, @Nullable PeerUser relayed, boolean not) {
    try {
      if (not) {
        channel.close();
      } else {
        open++;
        limit.letIn(listener.open(channel, relayed), open, listener::connections);
      }
    } catch (IOException e) {
      LOG.warn("a connection could not be taken over: {}", e.getMessage());
      open--;
    }
  }

  /** A connection was closed. */
  void closed() {
    open--;
  }
}
