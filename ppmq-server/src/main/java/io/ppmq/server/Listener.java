package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.Limits;
import io.ppmq.wire.ValueParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the connections of producers and subscribers to the broker's own socket, and reads all of
 * them on one thread: an idle connection costs a key in a selector and little more.
 *
 * <p>Values are handed to the broker in the order of the bytes. When too much input waits to be
 * committed, handing in blocks this thread, nothing more is read, and the sockets push back.
 */
final class Listener {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long TICK_MILLIS = 1000;

  /** How many connections one call of the system reports to a selector. */
  private static final int REPORTED_AT_ONCE = 1024;

  /** What waits in a socket with the buffers of a usual system, on both sides. */
  private static final long UNIX_SOCKET_BYTES_MAX = 1 << 20;

  private static final long TCP_SOCKET_BYTES_MAX = 16 << 20;

  private static final long STALLED_MILLIS = 5000;

  /** Of the time between two ticks no more counts: in the rest of it nothing was read. */
  private static final long TICK_MILLIS_MAX = 2000;

  private static final long ACCEPT_PAUSE_MILLIS = 500;

  /** However often the room runs out, it is said once in so long. */
  private static final long FULL_LOG_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final Broker broker;
  private ServerSocketChannel server;
  private final Selector selector;
  private final ValueParser parser;
  private final InputBudget budget;
  private final PriorityClamp clamp;
  private final ReadQueue queue;
  private final byte[] chunk = new byte[InputBudget.SMALL_BYTES_MAX];
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "ppmq-read");
  private volatile Runnable everySecond = () -> {};
  private final Lookout lookout = new Lookout(Runtime.getRuntime().availableProcessors());
  private volatile boolean stopping;
  private volatile @Nullable Access access;
  private final int connectionsMax;
  private long tickedAtMillis;
  private long readingMillis;
  private boolean full;
  private long fullLoggedNanos;
  private boolean acceptFailing;
  private long acceptAgainNanos;

  /**
   * A listener that has not begun.
   *
   * @param access who may do what; null: whoever connects may do everything
   * @param connectionsMax more wait to be accepted, as long as so many are open
   */
  Listener(
      Broker broker,
      ServerSocketChannel server,
      Limits limits,
      @Nullable Access access,
      int connectionsMax)
      throws IOException {
    this.broker = broker;
    this.budget = new InputBudget(() -> !broker.isHoldingLarge());
    this.server = server;
    this.connectionsMax = connectionsMax;
    this.access = access;
    this.parser = new ValueParser(limits);
    this.clamp = new PriorityClamp(broker);
    boolean unix = server.getLocalAddress() instanceof UnixDomainSocketAddress;
    this.queue =
        new ReadQueue(unix ? UNIX_SOCKET_BYTES_MAX : TCP_SOCKET_BYTES_MAX, System::nanoTime);
    this.selector = Selector.open();
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
  }

  /** Begins. Whatever ends it that should not is told {@code bug}, on its thread. */
  void start(Consumer<Throwable> bug) {
    thread.setUncaughtExceptionHandler((ended, reason) -> bug.accept(reason));
    thread.start();
  }

  /** Has something done about once a second, on the thread that reads: it must not block. */
  void everySecond(Runnable chore) {
    everySecond = chore;
  }

  /** Accepts from another channel from now on, those who wait at the one before first. */
  void acceptFrom(ServerSocketChannel next) {
    onThread(
        () -> {
          SelectionKey before = server.keyFor(selector);
          if (stopping || before == null) {
            return;
          }
          accept(before);
          try {
            server.close();
            next.configureBlocking(false);
            next.register(selector, SelectionKey.OP_ACCEPT);
            server = next;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Refuses by these rules from now on. Any thread may call. */
  void apply(@Nullable Access next) {
    access = next;
  }

  /** Who may do what; null: whoever connects may do everything. */
  @Nullable Access access() {
    return access;
  }

  /** Refuses what is beyond these limits from soon on. Any thread may call; does not block. */
  void apply(Limits limits) {
    onThread(() -> parser.apply(limits));
  }

  /** Reads nothing more; what was handed in is answered as long as the thread runs. */
  void stopReading() {
    onThread(
        () -> {
          stopping = true;
          for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
              connection.finish();
            } else {
              key.cancel();
            }
          }
        });
  }

  /** Waits until all answers are written, at most so long, and closes every connection. */
  void close(long millisMax) throws InterruptedException, IOException {
    onThread(() -> stopping = true);
    thread.join(millisMax);
    if (thread.isAlive()) {
      thread.interrupt();
      thread.join();
    }
    for (SelectionKey key : List.copyOf(selector.keys())) {
      if (key.attachment() instanceof Connection connection) {
        connection.close();
      }
    }
    selector.close();
  }

  /** Has the listener's thread do something soon. Any thread may ask; does not block. */
  void onThread(Runnable errand) {
    errands.add(errand);
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  Broker broker() {
    return broker;
  }

  ReadQueue queue() {
    return queue;
  }

  /** What is read comes here first; every connection uses it in turn. */
  byte[] chunk() {
    return chunk;
  }

  PriorityClamp clamp() {
    return clamp;
  }

  private void run() {
    try {
      long tickAtNanos = System.nanoTime();
      while (!Thread.currentThread().isInterrupted() && !(stopping && nothingLeft())) {
        queue.begin();
        select();
        runErrands();
        acceptIfRoomAgain();
        serveSelected();
        queue.read();
        broker.work();
        runErrands(); // answers to what was just committed
        if (System.nanoTime() - tickAtNanos > 0) {
          tickAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
          tick();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void select() throws IOException {
    if (queue.hasMore()) {
      selector.selectNow();
    } else if (!lookout.comesSoon(selector, () -> !errands.isEmpty())) {
      selector.select(TICK_MILLIS);
    }
    int reported = selector.selectedKeys().size();
    if (reported >= REPORTED_AT_ONCE) {
      reportAll(reported);
    }
  }

  /** One call reports so many at most, and those that it leaves out may be the oldest. */
  private void reportAll(int before) throws IOException {
    selector.selectNow();
    int reported = selector.selectedKeys().size();
    if (reported > before) {
      reportAll(reported);
    }
  }

  /** Writes what can be written, accepts, and has the rest read in order. */
  private void serveSelected() {
    if (selector.selectedKeys().isEmpty()) {
      return;
    }
    SelectionKey accepting = null;
    for (SelectionKey key : selector.selectedKeys()) {
      if (!(key.attachment() instanceof Connection connection)) {
        accepting = key;
      } else if (key.isValid()) {
        connection.serve();
      }
    }
    selector.selectedKeys().clear();
    if (accepting != null && accepting.isValid() && accepting.isAcceptable()) {
      accept(accepting);
    }
  }

  private boolean nothingLeft() {
    for (SelectionKey key : selector.keys()) {
      if (key.isValid() && key.attachment() instanceof Connection) {
        return false;
      }
    }
    return errands.isEmpty();
  }

  private void runErrands() {
    for (Runnable errand = errands.poll(); errand != null; errand = errands.poll()) {
      errand.run();
    }
  }

  private void tick() {
    long nowMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    readingMillis += Math.min(nowMillis - tickedAtMillis, TICK_MILLIS_MAX);
    tickedAtMillis = nowMillis;
    budget.endStalled(readingMillis, STALLED_MILLIS);
    everySecond.run();
    SelectionKey accepting = server.keyFor(selector);
    if (acceptFailing
        && accepting != null
        && accepting.isValid()
        && System.nanoTime() - acceptAgainNanos > 0) {
      accepting.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void accept(SelectionKey key) {
    try {
      SocketChannel channel = hasRoom() ? server.accept() : null;
      while (channel != null) {
        add(channel);
        channel = hasRoom() ? server.accept() : null;
      }
      acceptFailing = false;
      if (!hasRoom()) {
        full(key);
      }
    } catch (IOException e) {
      if (!acceptFailing) {
        LOG.error("connections cannot be accepted, and are tried again: {}", e.getMessage());
      }
      acceptFailing = true;
      acceptAgainNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ACCEPT_PAUSE_MILLIS);
      key.interestOps(0);
    }
  }

  /** Whose connection was closed has its key, and its file, until the next select. */
  private int connections() {
    return selector.keys().size() - 1;
  }

  private boolean hasRoom() {
    return connections() < connectionsMax;
  }

  private void full(SelectionKey accepting) {
    full = true;
    accepting.interestOps(0);
    long now = System.nanoTime();
    if (fullLoggedNanos == 0 || now - fullLoggedNanos > FULL_LOG_NANOS) {
      fullLoggedNanos = now;
      LOG.warn(
          "{} connections are open, as many as the limit of open files has room for; others wait"
              + " until one is closed",
          connectionsMax);
    }
  }

  private void acceptIfRoomAgain() {
    SelectionKey accepting = server.keyFor(selector);
    if (full && hasRoom() && accepting != null && accepting.isValid()) {
      full = false;
      accepting.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void add(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
    key.attach(new Connection(this, channel, key, parser, budget));
  }
}
