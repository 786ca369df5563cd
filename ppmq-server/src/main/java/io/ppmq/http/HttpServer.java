package io.ppmq.http;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves HTTP on a channel. One thread reads and writes, and sleeps while there is no request; the
 * workers exist only while they have work, and for a while after.
 */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int STACK_BYTES = 256 << 10;
  private static final int WORKERS_MAX = 4;
  private static final int WORKER_IDLE_SECONDS = 5;

  /** The pause after a failure to accept or wait, as with too many open files. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Handler handler;
  private final @Nullable UserPrincipal owner;
  private final Selector selector;
  private final Thread thread;
  private final ThreadPoolExecutor workers;
  private final Queue<HttpConnection> produced = new ConcurrentLinkedQueue<>();
  private final Queue<Adopted> adopted = new ConcurrentLinkedQueue<>();
  private volatile boolean closing;
  private volatile @Nullable ServerSocketChannel renewed;

  // The thread's own.
  private final Places places = new Places();
  private ServerSocketChannel listening;
  private SelectionKey acceptKey;
  private boolean failing;
  private boolean failedLast;
  private long acceptAgainNanos;

  private HttpServer(ServerSocketChannel listening, Handler handler) throws IOException {
    this.listening = listening;
    this.handler = handler;
    this.owner = Peer.owner(listening);
    this.selector = Selector.open();
    listening.configureBlocking(false);
    this.acceptKey = listening.register(selector, SelectionKey.OP_ACCEPT);
    this.thread = thread(this::run, "ppmq-admin");
    this.workers =
        new ThreadPoolExecutor(
            WORKERS_MAX,
            WORKERS_MAX,
            WORKER_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(Places.ALL_MAX),
            work -> thread(work, "ppmq-admin-work"));
    workers.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable work, String name) {
    Thread thread = new Thread(null, work, name, STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }

  /** Begins to serve; the caller closes the channel after the server. */
  public static HttpServer start(ServerSocketChannel listening, Handler handler)
      throws IOException {
    HttpServer server = new HttpServer(listening, handler);
    server.thread.start();
    return server;
  }

  /**
   * Accepts from another channel from now on, and closes the one before. Connections that are open
   * stay open.
   */
  public void acceptFrom(ServerSocketChannel next) {
    renewed = next;
    selector.wakeup();
  }

  /**
   * Serves a connection that was accepted elsewhere, with its own handler. Any thread; does not
   * block.
   */
  public void adopt(SocketChannel connected, Handler its) {
    adopted.add(new Adopted(connected, its));
    selector.wakeup();
  }

  private record Adopted(SocketChannel channel, Handler its) {}

  private void beginAdopted() {
    for (Adopted one = adopted.poll(); one != null; one = adopted.poll()) {
      try {
        begin(one.channel(), one.its());
      } catch (IOException e) {
        LOG.debug("a connection of another node broke: {}", e.getMessage());
      }
    }
  }

  // ---- the thread -----------------------------------------------------------------------------

  private void run() {
    while (!closing) {
      try {
        selector.select(millisToNext());
        turn();
      } catch (IOException e) {
        LOG.warn("the admin interface: {}; it continues", e.getMessage());
        pause();
      } catch (RuntimeException | StackOverflowError e) {
        LOG.error("a bug in the admin interface of ppMQ; it continues", e);
        pause();
      }
    }
    places.all().forEach(HttpConnection::close);
  }

  private void turn() throws IOException {
    ServerSocketChannel next = renewed;
    if (next != null) {
      renewed = null;
      listening.close();
      next.configureBlocking(false);
      listening = next;
      acceptKey = next.register(selector, failing ? 0 : SelectionKey.OP_ACCEPT);
    }
    for (HttpConnection one = produced.poll(); one != null; one = produced.poll()) {
      step(one, HttpConnection::answered);
    }
    beginAdopted();
    // A connection that has sent something is not closed to make room for one that has not.
    List<SelectionKey> ready = List.copyOf(selector.selectedKeys());
    selector.selectedKeys().clear();
    for (SelectionKey key : ready) {
      if (key.isValid() && key.attachment() instanceof HttpConnection connection) {
        step(connection, HttpConnection::move);
      }
    }
    if (ready.contains(acceptKey)) {
      accept();
    }
    long now = System.nanoTime();
    for (HttpConnection connection : places.all()) {
      if (connection.nanosLeft(now) <= 0) {
        step(connection, HttpConnection::endOverdue);
      }
    }
    if (failing && now - acceptAgainNanos >= 0) {
      failing = false;
      acceptKey.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private interface Step {
    boolean of(HttpConnection connection, long nowNanos) throws IOException;
  }

  private void step(HttpConnection connection, Step step) {
    boolean more = false;
    try {
      more = step.of(connection, System.nanoTime());
      if (more && connection.isAnswering()) {
        workers.execute(() -> produce(connection));
      }
    } catch (IOException e) {
      LOG.debug("a connection to the admin interface broke: {}", e.getMessage());
    } finally {
      if (!more) {
        end(connection);
      }
    }
  }

  private void produce(HttpConnection connection) {
    connection.produce();
    produced.add(connection);
    selector.wakeup();
  }

  private void end(HttpConnection connection) {
    places.remove(connection);
    connection.close();
  }

  private void accept() {
    boolean failedBefore = failedLast;
    failedLast = false;
    try {
      for (SocketChannel client = listening.accept(); client != null; client = listening.accept()) {
        begin(client, handler);
      }
    } catch (IOException e) {
      if (!failedBefore) {
        LOG.warn(
            "connections to the admin interface fail, and are tried again: {}", e.getMessage());
      }
      acceptKey.interestOps(0);
      failing = true;
      failedLast = true;
      acceptAgainNanos = System.nanoTime() + PAUSE_NANOS;
    }
  }

  private void begin(SocketChannel client, Handler its) throws IOException {
    boolean begun = false;
    try {
      Peer peer = Peer.of(client, owner);
      if (!places.hasRoom(peer)) {
        HttpConnection other = places.leastUseful(peer);
        if (other == null) {
          return;
        }
        end(other);
      }
      places.add(new HttpConnection(client, peer, its, selector, System.nanoTime()));
      begun = true;
    } finally {
      if (!begun) {
        client.close();
      }
    }
  }

  /** 0, which means no limit, if no connection has a deadline. */
  private long millisToNext() {
    long now = System.nanoTime();
    long nanos = failing ? acceptAgainNanos - now : Long.MAX_VALUE;
    for (HttpConnection connection : places.all()) {
      nanos = Math.min(nanos, connection.nanosLeft(now));
    }
    return nanos == Long.MAX_VALUE ? 0 : Math.max(1, 1 + TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  private void pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(PAUSE_NANOS);
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  /** Closes all connections, and ends the thread. */
  @Override
  public void close() throws IOException {
    closing = true;
    selector.wakeup();
    boolean interrupted = false;
    try {
      thread.join();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    workers.shutdownNow();
    selector.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
