package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.broker.stats.Bound;
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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the connections of producers and subscribers to the broker's own socket, and reads all of
 * them on one thread: an idle connection costs a key in a selector and little more.
 *
 * <p>The broker gets the values in the order of the bytes. If too much input waits for a commit,
 * submitting blocks this thread, nothing more is read, and the sockets push back.
 */
final class Listener {
  private static final long TICK_MILLIS = 1000;

  /** The most connections that one system call reports to a selector. */
  private static final int REPORTED_AT_ONCE = 1024;

  /** The most bytes that wait in a socket with the usual buffers on both sides. */
  private static final long UNIX_SOCKET_BYTES_MAX = 1 << 20;

  private static final long TCP_SOCKET_BYTES_MAX = 16 << 20;

  private static final long STALLED_MILLIS = 5000;

  /** The most time between two ticks that counts: nothing was read during the rest. */
  private static final long TICK_MILLIS_MAX = 2000;

  /** The time between two looks for a connection that holds up others, while one waits. */
  private static final long HASTY_TICK_MILLIS = 100;

  private final Broker broker;
  private final Selector selector;
  private final ValueParser parser;
  private final InputBudget budget;
  private final PriorityClamp clamp;
  private final ReadQueue queue;
  private final byte[] chunk = new byte[InputBudget.SMALL_BYTES_MAX];
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, Server.READING_THREAD);
  private volatile Runnable everySecond = () -> {};
  private final Lookout lookout = new Lookout(Runtime.getRuntime().availableProcessors());
  private volatile boolean stopping;
  private long tickedAtMillis;
  private long readingMillis;
  private long secondAtMillis;
  private final UserShares users = new UserShares();
  private final RefusalLog refusalLog = new RefusalLog(users);
  private final AnswerBudget answers = new AnswerBudget();
  private final UnreadAnswers unread =
      new UnreadAnswers(answers, this::connections, this::writeAnswers, refusalLog);
  private final Acceptor acceptor;
  private volatile List<Bound> bounds;

  /** The connections whose answers are written after all present errands. */
  private final Set<Connection> answered = new LinkedHashSet<>();

  /** The connections over which batches are sent. */
  private final Set<Connection> workers = new LinkedHashSet<>();

  /**
   * A listener that has not begun.
   *
   * @param filesMax the number of connections that the limit of open files allows now
   */
  Listener(Broker broker, ServerSocketChannel server, Limits limits, IntSupplier filesMax)
      throws IOException {
    this.broker = broker;
    this.budget = new InputBudget(() -> !broker.isHoldingLarge());
    this.parser = new ValueParser(limits);
    this.clamp = new PriorityClamp(broker);
    boolean unix = server.getLocalAddress() instanceof UnixDomainSocketAddress;
    this.queue =
        new ReadQueue(unix ? UNIX_SOCKET_BYTES_MAX : TCP_SOCKET_BYTES_MAX, System::nanoTime);
    this.selector = Selector.open();
    this.acceptor = new Acceptor(this, selector, server, new ConnectionLimit(filesMax, users));
    this.bounds = boundsNow();
  }

  /** Begins. {@code bug} takes an error that ends it, on its thread. */
  void start(Consumer<Throwable> bug) {
    thread.setUncaughtExceptionHandler((ended, reason) -> bug.accept(reason));
    thread.start();
  }

  /** Sets a task for about once a second, on the thread that reads: it must not block. */
  void everySecond(Runnable chore) {
    everySecond = chore;
  }

  /** The use of the bounds by connections, at most a second old. Any thread. */
  List<Bound> bounds() {
    return bounds;
  }

  private List<Bound> boundsNow() {
    return List.of(acceptor.bound(), budget.bound(), answers.bound());
  }

  /**
   * Accepts from another channel from now on, after the connections that wait at the one before.
   */
  void acceptFrom(ServerSocketChannel next) {
    onThread(
        () -> {
          if (!stopping) {
            acceptor.acceptFrom(next);
          }
        });
  }

  /**
   * Takes over a connection that was accepted elsewhere and from which nothing was read. Any
   * thread; does not block. A listener that stops closes it.
   *
   * @param relayed the user who connected, if another node relays it; null for the user at the
   *     other end of the channel
   */
  void adopt(SocketChannel channel, @Nullable PeerUser relayed) {
    onThread(() -> acceptor.adopt(channel, relayed, stopping));
  }

  /** Applies new limits to later values. Any thread; does not block. */
  void apply(Limits limits) {
    onThread(() -> parser.apply(limits));
  }

  /** Reads nothing more; submitted values are answered as long as the thread runs. */
  void stopReading() {
    onThread(
        () -> {
          stopping = true;
          for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
              connection.stop();
            }
          }
          acceptor.stop();
        });
  }

  /** Waits until all answers are written, at most this long, and closes every connection. */
  void close(long millisMax) throws InterruptedException, IOException {
    onThread(() -> stopping = true);
    thread.join(millisMax);
    if (thread.isAlive()) {
      thread.interrupt();
      thread.join();
    }
    runErrands(); // the thread is gone; errands may still bring connections
    for (SelectionKey key : List.copyOf(selector.keys())) {
      if (key.attachment() instanceof Connection connection) {
        connection.close();
      }
    }
    selector.close();
  }

  /** Runs an errand on the listener's thread soon. Any thread; does not block. */
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

  /** The buffer for reads; every connection uses it in turn. */
  byte[] chunk() {
    return chunk;
  }

  UserShares users() {
    return users;
  }

  AnswerBudget answers() {
    return answers;
  }

  UnreadAnswers unread() {
    return unread;
  }

  Set<Connection> workers() {
    return workers;
  }

  Set<Connection> answered() {
    return answered;
  }

  RefusalLog refusalLog() {
    return refusalLog;
  }

  /** A connection was closed. */
  void closed() {
    acceptor.closed();
  }

  PriorityClamp clamp() {
    return clamp;
  }

  private void run() {
    try {
      long tickAtNanos = System.nanoTime();
      while (!Thread.currentThread().isInterrupted() && !(stopping && nothingLeft())) {
        acceptor.acceptAgainIfRoom();
        queue.begin();
        select();
        runErrands();
        serveSelected();
        queue.read();
        broker.work();
        runErrands(); // they answer values that were just committed
        if (System.nanoTime() - tickAtNanos > 0) {
          tickAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(tickMillis());
          tick();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long tickMillis() {
    return budget.someoneWaits() ? HASTY_TICK_MILLIS : TICK_MILLIS;
  }

  private void select() throws IOException {
    if (queue.hasMore()) {
      selector.selectNow();
    } else if (!lookout.comesSoon(selector, () -> !errands.isEmpty())) {
      selector.select(queue.hasDrips() ? ReadQueue.DRIP_MILLIS : tickMillis());
    }
    int reported = selector.selectedKeys().size();
    if (reported >= REPORTED_AT_ONCE) {
      reportAll(reported);
    }
  }

  /** One call reports a limited number; it may omit the oldest connections. */
  private void reportAll(int before) throws IOException {
    selector.selectNow();
    int reported = selector.selectedKeys().size();
    if (reported > before) {
      reportAll(reported);
    }
  }

  /** Writes as much as possible, accepts, and reads the connections in order. */
  private void serveSelected() {
    if (selector.selectedKeys().isEmpty()) {
      acceptor.nobodyWaits();
      return;
    }
    boolean accepting = false;
    for (SelectionKey key : selector.selectedKeys()) {
      if (!(key.attachment() instanceof Connection connection)) {
        accepting = true;
      } else if (key.isValid()) {
        connection.serve();
      }
    }
    selector.selectedKeys().clear();
    if (accepting) {
      acceptor.accept();
    } else {
      acceptor.nobodyWaits();
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
    writeAnswers();
  }

  private void tick() {
    long nowMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    readingMillis += Math.min(nowMillis - tickedAtMillis, TICK_MILLIS_MAX);
    tickedAtMillis = nowMillis;
    budget.endStalled(readingMillis, STALLED_MILLIS);
    if (nowMillis - secondAtMillis >= TICK_MILLIS) {
      secondAtMillis = nowMillis;
      everySecond.run();
      bounds = boundsNow();
      refusalLog.summarize();
      users.tidy();
      long nowNanos = System.nanoTime();
      List.copyOf(workers).forEach(worker -> worker.closeIfStuck(nowNanos));
      unread.closeIfScarce(nowNanos);
    }
  }

  /**
   * A connection over an accepted channel; {@code relayed} is its user if another node accepted it.
   */
  Connection open(SocketChannel channel, @Nullable PeerUser relayed) throws IOException {
    channel.configureBlocking(false);
    SelectionKey key = channel.register(selector, 0);
    Connection connection = new Connection(this, channel, key, parser, budget, relayed);
    key.attach(connection);
    connection.begin();
    return connection;
  }

  /** All open connections. */
  List<Connection> connections() {
    List<Connection> connections = new ArrayList<>();
    for (SelectionKey key : selector.keys()) {
      if (key.isValid() && key.attachment() instanceof Connection connection) {
        connections.add(connection);
      }
    }
    return connections;
  }

  /** Writes the answers that errands have collected. */
  private void writeAnswers() {
    if (!answered.isEmpty()) {
      List<Connection> now = List.copyOf(answered);
      answered.clear();
      now.forEach(Connection::writeAnswers);
      unread.closeIfExceeded();
    }
  }
}
