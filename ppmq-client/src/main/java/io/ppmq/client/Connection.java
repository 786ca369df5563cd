package io.ppmq.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the broker's socket. Each value that goes out asks for a confirm, and the confirm
 * completes the value's future. The connection opens with the first value, and opens again with the
 * next value after it broke. A connection with {@link Arrivals} is subscribed: it passes batches
 * on, and ends when it breaks.
 *
 * <p>Any thread may {@link #send}. When no other thread uses the socket, the sender writes as much
 * as the socket takes, which is quicker than to wake another thread. The connection's own thread
 * does everything else with the socket and completes the futures; see {@link UnderWay}.
 *
 * <p>Values of which nothing was written when the connection broke go out on the next connection. A
 * {@link Window} bounds the values under way; when it is full, {@code send} waits. Each value has
 * the same time to be confirmed. When the oldest runs out of time, the broker counts as gone and
 * the connection as broken, so the window always moves.
 */
final class Connection {
  private static final int CONFIRM_BYTES_MAX = 1 << 20;
  private static final long CONNECT_RETRY_MILLIS = 10;

  /**
   * Completes futures. It never waits for room, since two such threads could wait for each other.
   */
  private static final class OwnThread extends Thread {
    OwnThread(Runnable run) {
      super(run, "ppmq-connection");
      setDaemon(true);
    }
  }

  private final Address address;
  private final Window window;
  private final @Nullable Arrivals arrivals;
  private final Selector selector;
  private final Thread thread;
  private final AtomicLong lastConfirm = new AtomicLong();
  private volatile boolean stopped;

  /**
   * Held by the thread that uses the socket: the connection's own thread while it is awake, or a
   * sender.
   */
  private final ReentrantLock socket = new ReentrantLock();

  // Guarded by the socket lock from here on.
  private final UnderWay underWay;
  private @Nullable SocketChannel channel;

  /** Whether the channel has taken a byte; a failure before that is a failure to connect. */
  private boolean used;

  /** The reason why a sender could not write, for the connection's own thread to handle. */
  private @Nullable IOException broken;

  private ValueFramer incoming;
  private String ending = "the connection was closed";
  private @Nullable Exception endingCause;

  Connection(Address address, Duration timeout, int windowValues) {
    this(address, timeout, windowValues, null);
  }

  Connection(Address address, Duration timeout, int windowValues, @Nullable Arrivals arrivals) {
    this.address = address;
    this.window = new Window(timeout, windowValues);
    this.arrivals = arrivals;
    this.incoming = framer(arrivals);
    this.underWay = new UnderWay(address, window);
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open a selector", e);
    }
    this.thread = new OwnThread(this::run);
    this.thread.start();
  }

  private static ValueFramer framer(@Nullable Arrivals arrivals) {
    int batchBytesMax = arrivals == null ? 0 : arrivals.batchBytesMax();
    return new ValueFramer(Math.max(CONFIRM_BYTES_MAX, batchBytesMax));
  }

  /**
   * Sends a value and asks for its confirm. Blocks while the window is full.
   *
   * @param fields the fields of the value, without the braces
   * @throws IllegalStateException when the connection is closed, or when the window is full and the
   *     caller is a dependent of a future of any connection, which could wait for itself
   */
  Value send(String fields) throws InterruptedException {
    return send(fields, failure -> {});
  }

  /**
   * Sends a value as {@link #send(String)} does.
   *
   * @param ended receives the failure of the value, or null when it is confirmed; called after the
   *     value has left the window and before its future completes; must be quick and not block
   */
  Value send(String fields, Consumer<@Nullable Exception> ended) throws InterruptedException {
    boolean mayWait = !(Thread.currentThread() instanceof OwnThread);
    Value value = window.enter(lastConfirm.incrementAndGet(), fields, ended, mayWait);
    dispatch();
    return value;
  }

  /** Sends a value without waiting; returns null when the window is full. */
  @Nullable Value trySend(String fields) {
    Value value = window.tryEnter(lastConfirm.incrementAndGet(), fields);
    if (value != null) {
      dispatch();
    }
    return value;
  }

  private void dispatch() {
    if (Thread.currentThread() != thread && !writeAtOnce()) {
      selector.wakeup();
    }
  }

  /** Reads batches again, after {@link Arrivals#isFull} was true. */
  void resume() {
    selector.wakeup();
  }

  /** Writes on this thread; returns false when work is left for the connection's own thread. */
  private boolean writeAtOnce() {
    if (!socket.tryLock()) {
      return false;
    }
    try {
      SocketChannel open = channel;
      if (open == null || !open.isConnected() || broken != null) {
        return false;
      }
      underWay.takeQueued();
      return write(open);
    } catch (IOException e) {
      broken = e;
      return false;
    } finally {
      socket.unlock();
    }
  }

  /**
   * Takes no more values, waits for those under way, and ends the thread. An interrupt ends the
   * wait.
   *
   * @param grace the longest wait; values not confirmed by then end {@link Unconfirmed}
   */
  void close(Duration grace) {
    boolean own = Thread.currentThread() == thread;
    window.close();
    try {
      if (!own) {
        window.awaitEmpty(grace);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stopped = true;
    selector.wakeup();
    if (!own) {
      joinUninterrupted();
    }
  }

  /** Waits briefly: the thread blocks only in the selector, which was woken. */
  private void joinUninterrupted() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!stopped) {
        socket.lock();
        try {
          underWay.takeQueued();
          step();
          expire();
        } finally {
          socket.unlock();
        }
      }
    } catch (IOException e) {
      ending = "waiting for the broker failed: " + e.getMessage();
      endingCause = e;
    } finally {
      socket.lock();
      try {
        stop();
      } finally {
        socket.unlock();
      }
    }
    if (arrivals != null) {
      arrivals.ended(ending, endingCause);
    }
  }

  private void stop() {
    window.close();
    underWay.takeQueued();
    lose(ending, endingCause);
    underWay.failUnwritten(ending);
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads and writes what the socket allows, then waits until it is ready again. */
  private void step() throws IOException {
    long waitMillis = underWay.millisToDeadline();
    try {
      if (channel == null && underWay.isAnyUnwritten() && !connect()) {
        waitMillis = CONNECT_RETRY_MILLIS;
      }
      IOException failure = broken;
      if (failure != null) {
        throw failure;
      }
      if (channel != null && channel.isConnected()) {
        write(channel);
      }
    } catch (IOException | UnresolvedAddressException e) {
      drain(e);
      fail(e);
      return;
    }
    socket.unlock();
    try {
      selector.select(waitMillis);
    } finally {
      socket.lock();
    }
    selector.selectedKeys().clear();
    try {
      if (channel != null && channel.isConnected()) {
        if (!isHeld() && read(channel) < 0) {
          lose("the broker closed the connection", null);
        }
      } else if (channel != null) {
        channel.finishConnect();
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /** Begins to connect; returns false when the broker's backlog is full and a retry may succeed. */
  private boolean connect() throws IOException {
    SocketChannel opened = address.openChannel();
    try {
      opened.configureBlocking(false);
      if (arrivals != null && address.isTcp()) {
        opened.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }
      opened.connect(address.resolve());
      opened.register(selector, SelectionKey.OP_CONNECT);
      channel = opened;
      incoming = framer(arrivals);
      return true;
    } catch (ConnectException e) {
      throw e;
    } catch (SocketException e) {
      // EAGAIN of a unix socket has no exception of its own. Every other reason shows in the file.
      if (address.isTcp() || !Files.isWritable(Path.of(address.text()))) {
        throw e;
      }
      return false;
    } finally {
      if (channel != opened) {
        opened.close();
      }
    }
  }

  /** Writes as much as the socket takes; returns true when nothing is left. */
  private boolean write(SocketChannel open) throws IOException {
    boolean room = true;
    while (room && underWay.isAnyUnwritten()) {
      long count = underWay.write(open);
      used |= count > 0;
      room = count > 0 && !underWay.isCut();
    }
    int operations = (isHeld() ? 0 : SelectionKey.OP_READ) | (room ? 0 : SelectionKey.OP_WRITE);
    SelectionKey key = open.keyFor(selector);
    if (key.interestOps() != operations) {
      key.interestOps(operations);
    }
    return room;
  }

  private boolean isHeld() {
    return arrivals != null && arrivals.isFull();
  }

  /** Reads once, completes confirmed values and passes on pushed batches; returns -1 at the end. */
  private int read(SocketChannel open) throws IOException {
    int count = incoming.read(open);
    for (JsonReader json = incoming.next(); json != null; json = incoming.next()) {
      if (arrivals != null && json.isFirstField("topic")) {
        arrivals.arrived(Wire.readBatch(json));
      } else {
        underWay.answer(Wire.readConfirm(json));
      }
    }
    return count;
  }

  /** Reads, after a failed write, the answers that the broker sent before it closed. */
  private void drain(Exception cause) {
    try {
      int count = 1;
      while (count > 0 && channel != null && channel.isConnected()) {
        count = read(channel);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Notes that connecting, writing or reading has failed. */
  private void fail(Exception cause) {
    String reason = cause.getMessage() == null ? "unknown host" : cause.getMessage();
    boolean reached = used;
    lose(reason, cause);
    if (!reached) {
      underWay.failUnreachable(reason, cause);
    }
  }

  /** Gives the connection up. Values of which nothing was written wait for the next connection. */
  private void lose(String reason, @Nullable Exception cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        if (cause != null) {
          cause.addSuppressed(e);
        }
      }
      channel = null;
      used = false;
    }
    broken = null;
    underWay.lose(reason, cause);
    if (arrivals != null && !stopped) {
      stopped = true; // the broker delivers its messages again on another connection
      ending = reason;
      endingCause = cause;
    }
  }

  private void expire() {
    String reason = underWay.overdue();
    if (reason != null) {
      lose(reason, null);
      underWay.failOverdue();
    }
  }
}
