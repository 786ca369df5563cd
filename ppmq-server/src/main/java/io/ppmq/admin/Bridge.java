package io.ppmq.admin;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries connections to the JDK's HTTP server, which cannot listen on a unix socket itself, and
 * has that server run only while there are any. One thread does it all; beyond {@value
 * #CONNECTIONS_MAX} connections the others wait in the socket's backlog.
 */
final class Bridge implements AutoCloseable {
  static final int CONNECTIONS_MAX = 4;
  private static final Logger LOGGER = LoggerFactory.getLogger(Bridge.class);
  private static final int STACK_BYTES = 256 << 10;

  /** After accepting failed, as it does while there are too many open files. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** A little more than the broker takes to be found silent, so that there is time to say so. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(12);

  private static final long LIFE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long SERVER_IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ServerSocketChannel listening;
  private final HttpHandler pages;
  private final Selector selector;
  private final SelectionKey acceptKey;
  private final Thread thread;
  private volatile boolean closing;
  private volatile @Nullable LocalHttp http;

  // The thread's own.
  private final Set<Relay> relays = new LinkedHashSet<>();
  private long emptyNanos;
  private boolean failing;
  private long acceptAgainNanos;

  private Bridge(ServerSocketChannel listening, HttpHandler pages) throws IOException {
    this.listening = listening;
    this.pages = pages;
    this.selector = Selector.open();
    listening.configureBlocking(false);
    this.acceptKey = listening.register(selector, SelectionKey.OP_ACCEPT);
    this.thread = new Thread(null, this::run, "ppmq-admin", STACK_BYTES);
  }

  /** Accepts from now on; the channel stays the caller's to close, after the bridge. */
  static Bridge start(ServerSocketChannel listening, HttpHandler pages) throws IOException {
    Bridge bridge = new Bridge(listening, pages);
    bridge.thread.setDaemon(true);
    bridge.thread.start();
    return bridge;
  }

  /** What the bridge accepts connections on. */
  ServerSocketChannel listening() {
    return listening;
  }

  /** The server behind the bridge; null while nobody asks. */
  @Nullable LocalHttp http() {
    return http;
  }

  private void run() {
    try {
      while (!closing) {
        selector.select(millisToNext());
        for (SelectionKey key : List.copyOf(selector.selectedKeys())) {
          serve(key);
        }
        selector.selectedKeys().clear();
        endWhatIsOver();
      }
    } catch (IOException e) {
      LOGGER.error("the admin interface has ended: {}", e.getMessage());
    } finally {
      relays.forEach(this::end);
      stopServer();
    }
  }

  private void serve(SelectionKey key) {
    if (key == acceptKey) {
      accept();
    } else if (key.isValid() && key.attachment() instanceof Relay relay) {
      move(relay);
    }
  }

  private void accept() {
    try {
      SocketChannel client = listening.accept();
      if (client != null) {
        begin(client);
      }
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        LOGGER.warn("a connection to the admin interface failed: {}", e.getMessage());
      }
      failing = true;
      acceptAgainNanos = System.nanoTime() + PAUSE_NANOS;
    }
    regulate();
  }

  private void begin(SocketChannel client) throws IOException {
    boolean begun = false;
    try {
      begun = relay(client);
    } finally {
      if (!begun) {
        client.close();
      }
    }
  }

  private boolean relay(SocketChannel client) throws IOException {
    LocalHttp running = http;
    if (running == null) {
      running = LocalHttp.start(pages);
      http = running;
    }
    SocketChannel server = running.connect();
    boolean begun = false;
    try {
      relays.add(new Relay(client, server, selector, System.nanoTime()));
      begun = true;
    } finally {
      if (!begun) {
        running.release(server);
      }
    }
    return begun;
  }

  private void move(Relay relay) {
    boolean more = false;
    try {
      more = relay.move(System.nanoTime());
    } catch (IOException e) {
      LOGGER.debug("a connection to the admin interface broke: {}", e.getMessage());
    }
    if (!more) {
      relays.remove(relay);
      end(relay);
      regulate();
    }
  }

  private void end(Relay relay) {
    LocalHttp running = http;
    SocketChannel client = relay.client();
    try (client) {
      if (running != null) {
        running.release(relay.server());
      }
    } catch (IOException e) {
      LOGGER.debug("a connection to the admin interface did not close: {}", e.getMessage());
    }
    emptyNanos = System.nanoTime();
  }

  private void regulate() {
    boolean accepts = relays.size() < CONNECTIONS_MAX && pauseNanos(System.nanoTime()) <= 0;
    acceptKey.interestOps(accepts ? SelectionKey.OP_ACCEPT : 0);
  }

  private void endWhatIsOver() {
    long now = System.nanoTime();
    for (Relay relay : List.copyOf(relays)) {
      if (nanosLeft(relay, now) <= 0) {
        relays.remove(relay);
        end(relay);
      }
    }
    regulate();
    if (relays.isEmpty() && http != null && now - emptyNanos >= SERVER_IDLE_NANOS) {
      stopServer();
    }
  }

  private long pauseNanos(long now) {
    return failing ? acceptAgainNanos - now : 0;
  }

  private static long nanosLeft(Relay relay, long now) {
    return Math.min(
        IDLE_NANOS - (now - relay.movedNanos()), LIFE_NANOS - (now - relay.bornNanos()));
  }

  /** 0, which means for ever, when there is nothing to end. */
  private long millisToNext() {
    long now = System.nanoTime();
    long nanos = Long.MAX_VALUE;
    for (Relay relay : relays) {
      nanos = Math.min(nanos, nanosLeft(relay, now));
    }
    if (relays.isEmpty() && http != null) {
      nanos = SERVER_IDLE_NANOS - (now - emptyNanos);
    }
    if (failing && pauseNanos(now) > 0) {
      nanos = Math.min(nanos, pauseNanos(now));
    }
    return nanos == Long.MAX_VALUE ? 0 : Math.max(1, 1 + TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  private void stopServer() {
    LocalHttp running = http;
    http = null;
    if (running != null) {
      running.stop();
    }
  }

  /** Cuts off who is connected, and ends the thread. */
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
    selector.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
