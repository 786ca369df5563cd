package io.ppmq.server;

import io.ppmq.wire.InputBudget;
import io.ppmq.wire.Limits;
import io.ppmq.wire.ValueParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to the socket of a cluster's node while this node does not lead. While another
 * node leads, they are relayed there; while none does, they wait, unread at first ({@link Guest}).
 * When this node begins to lead, its listener takes over the waiting connections, and accepts new
 * ones itself.
 */
final class Doorway {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int ACCEPTED_AT_ONCE = 64;

  /** The time after which connections that the leader did not take are brought to it again. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The most bytes read from waiting connections, except for one connection with a long value. */
  private static final long KEPT_BYTES_MAX = 4 << 20;

  private final Selector selector = Selector.open();
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "ppmq-door");
  private final ValueParser parser;
  private final InputBudget budget = new InputBudget();
  private final byte[] chunk = new byte[InputBudget.SMALL_BYTES_MAX];
  private final int connectionsMax;
  private final long patienceNanos;
  private final Runnable everySecond;
  private final Set<Guest> guests = new LinkedHashSet<>();

  /** The connections that were handed over, checked now and then to count the open ones. */
  private final List<SocketChannel> gone = new ArrayList<>();

  private ServerSocketChannel server;
  private @Nullable SelectionKey accepting;
  private @Nullable Onward onward;
  private boolean open;
  private long leaderlessNanos = System.nanoTime();
  private volatile boolean stopping;

  /**
   * A closed doorway.
   *
   * @param patienceNanos the time for which nothing is read while no node leads
   * @param everySecond runs about once a second; must not block
   */
  Doorway(
      ServerSocketChannel server,
      Limits limits,
      int connectionsMax,
      long patienceNanos,
      Runnable everySecond)
      throws IOException {
    this.server = server;
    this.parser = new ValueParser(limits);
    this.connectionsMax = connectionsMax;
    this.patienceNanos = patienceNanos;
    this.everySecond = everySecond;
  }

  /** Begins. {@code bug} takes an error that ends it, on its thread. */
  void start(Consumer<Throwable> bug) {
    thread.setUncaughtExceptionHandler((ended, reason) -> bug.accept(reason));
    thread.start();
  }

  // ---- which node leads -------------------------------------------------------------------------

  /** No leader is known: new connections wait. Any thread. */
  void waitForLeader() {
    onThread(() -> go(true, null));
  }

  /** Another node leads: waiting and new connections go this way. Any thread. */
  void relay(Onward way) {
    onThread(() -> go(true, way));
  }

  /**
   * This node leads: waiting connections go this way, and another thread may accept from the socket
   * when this returns. Any other thread; blocks for a moment.
   */
  void lead(Onward way) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    onThread(
        () -> {
          go(false, way);
          done.complete(true);
        });
    done.join();
  }

  private void go(boolean accept, @Nullable Onward way) {
    if (onward != null && way == null) {
      leaderlessNanos = System.nanoTime();
    }
    onward = way;
    open = accept;
    setAccepting();
    sendOn();
  }

  private void setAccepting() {
    try {
      if (open && accepting == null && !stopping) {
        server.configureBlocking(false);
        accepting = server.register(selector, SelectionKey.OP_ACCEPT);
      } else if (!open && accepting != null) {
        accepting.cancel();
        accepting = null;
        selector.selectNow(); // only then another selector may have the channel
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Accepts from another channel from now on, and closes the one before. Any thread. */
  void acceptFrom(ServerSocketChannel renewed) {
    onThread(
        () -> {
          boolean was = open;
          open = false;
          setAccepting();
          try {
            server.close();
          } catch (IOException e) {
            LOG.warn("a socket did not close: {}", e.getMessage());
          }
          server = renewed;
          open = was;
          setAccepting();
        });
  }

  /** Sets the channel to accept from; a renewed socket has another one. */
  void use(ServerSocketChannel renewed) {
    onThread(() -> server = renewed);
  }

  /** Applies new limits to later values. Any thread. */
  void apply(Limits limits) {
    onThread(() -> parser.apply(limits));
  }

  // ---- the thread -----------------------------------------------------------------------------

  private void onThread(Runnable errand) {
    errands.add(errand);
    selector.wakeup();
  }

  private void run() {
    try {
      long tickNanos = System.nanoTime();
      long retryNanos = tickNanos;
      while (!stopping) {
        boolean retries = onward != null && !guests.isEmpty();
        selector.select(TimeUnit.NANOSECONDS.toMillis(retries ? RETRY_NANOS : TICK_NANOS));
        for (Runnable errand = errands.poll(); errand != null; errand = errands.poll()) {
          errand.run();
        }
        List<SelectionKey> ready = List.copyOf(selector.selectedKeys());
        selector.selectedKeys().clear();
        ready.forEach(this::serve);
        if (retries && System.nanoTime() - retryNanos > 0) {
          retryNanos = System.nanoTime() + RETRY_NANOS;
          sendOn();
        }
        if (System.nanoTime() - tickNanos > 0) {
          tickNanos = System.nanoTime() + TICK_NANOS;
          tick();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(SelectionKey key) {
    if (!key.isValid()) {
      return;
    }
    if (key.attachment() instanceof Splice splice) {
      splice.move(selector);
    } else if (key.attachment() instanceof Guest guest) {
      move(guest);
    } else {
      accept();
    }
  }

  private void accept() {
    try {
      for (int i = 0; i < ACCEPTED_AT_ONCE && hasRoom(); i++) {
        SocketChannel channel = server.accept();
        if (channel == null) {
          return;
        }
        welcome(channel);
      }
    } catch (IOException e) {
      LOG.warn("a connection was not accepted: {}", e.getMessage());
    }
  }

  private void welcome(SocketChannel channel) throws IOException {
    Onward way = onward;
    if (way != null) {
      take(way, channel, System.nanoTime());
      return;
    }
    invite(channel, System.nanoTime());
  }

  private void take(Onward way, SocketChannel channel, long cameNanos) {
    gone.add(channel);
    way.take(channel, () -> onThread(() -> back(way, channel, cameNanos)));
  }

  /**
   * A way leads nowhere, for example because the leader was lost a moment ago: the connection waits
   * again, and does not notice.
   */
  private void back(Onward way, SocketChannel channel, long cameNanos) {
    gone.remove(channel);
    try {
      Guest guest = invite(channel, cameNanos);
      if (onward != way) {
        sendOn(guest);
      } else if (System.nanoTime() - cameNanos >= patienceNanos) {
        guest.sift(parser, budget);
      }
    } catch (IOException e) {
      LOG.debug("a connection broke that waited for a leader: {}", e.getMessage());
      close(channel);
    }
  }

  private Guest invite(SocketChannel channel, long cameNanos) throws IOException {
    channel.configureBlocking(false);
    SelectionKey key = channel.register(selector, 0);
    Guest guest = new Guest(channel, key, cameNanos);
    key.attach(guest);
    guests.add(guest);
    return guest;
  }

  private boolean hasRoom() {
    boolean room = guests.size() + gone.size() < connectionsMax;
    if (!room && accepting != null) {
      accepting.interestOps(0); // until the next tick
    }
    return room;
  }

  private void move(Guest guest) {
    long others = guests.stream().mapToLong(Guest::bytes).sum() - guest.bytes();
    boolean more = false;
    try {
      more = guest.move(chunk, others < KEPT_BYTES_MAX);
    } catch (IOException e) {
      LOG.debug("a connection broke that waited for a leader: {}", e.getMessage());
    }
    if (!more) {
      close(guest);
    }
  }

  private void tick() {
    everySecond.run();
    gone.removeIf(channel -> !channel.isOpen());
    if (accepting != null) {
      accepting.interestOps(SelectionKey.OP_ACCEPT);
    }
    if (onward == null && System.nanoTime() - leaderlessNanos >= patienceNanos) {
      guests.forEach(guest -> guest.sift(parser, budget));
    }
  }

  // ---- onward ---------------------------------------------------------------------------------

  private void sendOn() {
    List.copyOf(guests).forEach(this::sendOn);
  }

  private void sendOn(Guest guest) {
    Onward way = onward;
    if (way == null || !guests.contains(guest)) {
      return;
    }
    if (guest.isUnread()) {
      letGo(guest);
      take(way, guest.channel, guest.cameNanos);
      return;
    }
    guests.remove(guest);
    var unused =
        way.connect(guest.channel)
            .whenComplete((channel, failure) -> onThread(() -> splice(guest, channel)));
  }

  /** Removes the channel from the selector, so that it is as when it was accepted. */
  private void letGo(Guest guest) {
    guests.remove(guest);
    guest.close();
    SelectionKey key = guest.channel.keyFor(selector);
    try {
      if (key != null) {
        key.cancel();
        selector.selectNow();
      }
      guest.channel.configureBlocking(true);
    } catch (IOException e) {
      LOG.debug("a connection broke on the way to the leader: {}", e.getMessage());
    }
  }

  /** Sends the bytes that were read first. If there is no way, the connection waits again. */
  private void splice(Guest guest, @Nullable SocketChannel to) {
    if (to == null) {
      guests.add(guest); // the next attempt follows soon
      return;
    }
    guest.close();
    gone.add(guest.channel);
    try {
      new Splice(selector, guest.channel, to, guest.ahead());
    } catch (IOException e) {
      LOG.debug("a connection broke on the way to the leader: {}", e.getMessage());
      close(guest.channel);
      close(to);
    }
  }

  // ---- ending ---------------------------------------------------------------------------------

  private void close(Guest guest) {
    guests.remove(guest);
    guest.close();
    close(guest.channel);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("a connection did not close: {}", e.getMessage());
    }
  }

  /** Closes every remaining connection. Blocks until that is done. */
  void stop() throws InterruptedException, IOException {
    stopping = true;
    selector.wakeup();
    thread.join();
    guests.forEach(guest -> close(guest.channel));
    for (SelectionKey key : List.copyOf(selector.keys())) {
      if (key.attachment() instanceof Splice splice) {
        splice.close(true);
      }
    }
    selector.close();
  }
}
