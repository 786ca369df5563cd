package io.ppmq.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way to the broker's socket: values go out, each asks for a confirm, and the confirm completes
 * the value's future. Opened with the first value, and again with the next one after it broke.
 *
 * <p>Any thread may {@link #send}, and writes what the socket takes at once where nobody else is at
 * it, which is quicker than to wake another thread. One thread of the connection's own does
 * everything else with the socket and completes the futures. What a value goes through, and how its
 * future ends:
 *
 * <pre>
 * queued → unwritten → written → confirmed        normally, or {@link Refused}
 *   │         │            └─ broken, timed out   {@link Unconfirmed}
 *   │         ├─ broken while it was being written, timed out   another IOException
 *   └─────────┴─ cannot connect                   ConnectException
 * </pre>
 *
 * Values of which nothing was written when the connection broke go out on the next one. At most a
 * window of values, and of bytes, is under way; beyond that {@code send} waits. Each value has the
 * same time to be confirmed, so the window always moves: when the oldest runs out of time the
 * broker is taken for gone and the connection for broken.
 */
final class Connection {
  private static final int WINDOW_BYTES = 16 << 20;
  private static final int CONFIRM_BYTES_MAX = 1 << 20;
  private static final int BUFFERS_PER_WRITE_MAX = 64;
  private static final long CONNECT_RETRY_MILLIS = 10;

  private static final class Value {
    final String confirm;
    final ByteBuffer bytes;
    final long deadlineNanos;
    final CompletableFuture<Void> confirmed = new CompletableFuture<>();

    Value(String confirm, ByteBuffer bytes, long deadlineNanos) {
      this.confirm = confirm;
      this.bytes = bytes;
      this.deadlineNanos = deadlineNanos;
    }
  }

  private final Address address;
  private final Duration timeout;
  private final int windowValues;
  private final Selector selector;
  private final Thread thread;
  private final AtomicLong lastConfirm = new AtomicLong();

  /** Guards the four fields below it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition moved = lock.newCondition();
  private final ArrayDeque<Value> queued = new ArrayDeque<>();
  private int values;
  private long bytes;
  private boolean closing;

  private volatile boolean stopped;

  /** Held by who uses the socket: the connection's own thread while it is awake, or a sender. */
  private final ReentrantLock socket = new ReentrantLock();

  // From here on guarded by that.
  private final ArrayDeque<Value> unwritten = new ArrayDeque<>();
  private final Map<String, Value> written = new LinkedHashMap<>();
  private @Nullable SocketChannel channel;

  /** Whether the channel has taken a byte; without that its failure is one to connect. */
  private boolean used;

  /** Why a sender could not write; the connection's own thread deals with it. */
  private @Nullable IOException broken;

  private ValueFramer confirms = new ValueFramer(CONFIRM_BYTES_MAX);

  Connection(Address address, Duration timeout, int windowValues) {
    if (timeout.isNegative() || timeout.isZero() || windowValues < 1) {
      throw new IllegalArgumentException(
          "not above zero: timeout " + timeout + " or window " + windowValues);
    }
    this.address = address;
    this.timeout = timeout;
    this.windowValues = windowValues;
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open a selector", e);
    }
    this.thread = new Thread(this::run, "ppmq-connection");
    this.thread.setDaemon(true);
    this.thread.start();
  }

  /**
   * Sends a value and asks for its confirm. Blocks while the window is full.
   *
   * @param fields the fields of the value, without the braces
   * @throws IllegalStateException when the connection is closed, or when called by a dependent of
   *     one of the futures while the window is full: it would wait for itself
   */
  CompletableFuture<Void> send(String fields) throws InterruptedException {
    String confirm = Long.toString(lastConfirm.incrementAndGet());
    byte[] line = ("{\"Confirm\":\"" + confirm + "\"," + fields + "}\n").getBytes(UTF_8);
    CompletableFuture<Void> confirmed = enqueue(confirm, line);
    if (Thread.currentThread() != thread && !writeAtOnce()) {
      selector.wakeup();
    }
    return confirmed;
  }

  private CompletableFuture<Void> enqueue(String confirm, byte[] line) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closing
          && values > 0
          && (values >= windowValues || bytes + line.length > WINDOW_BYTES)) {
        if (Thread.currentThread() == thread) {
          throw new IllegalStateException("the window is full, and only this thread can empty it");
        }
        moved.await();
      }
      if (closing) {
        throw new IllegalStateException("closed");
      }
      long deadlineNanos = System.nanoTime() + timeout.toNanos();
      Value value = new Value(confirm, ByteBuffer.wrap(line), deadlineNanos);
      values++;
      bytes += line.length;
      queued.add(value);
      return value.confirmed;
    } finally {
      lock.unlock();
    }
  }

  /** Writes on this thread; false where there is something left to do for the connection's own. */
  private boolean writeAtOnce() {
    if (!socket.tryLock()) {
      return false;
    }
    try {
      SocketChannel open = channel;
      if (open == null || !open.isConnected() || broken != null) {
        return false;
      }
      takeQueued();
      return write(open);
    } catch (IOException e) {
      broken = e;
      return false;
    } finally {
      socket.unlock();
    }
  }

  /** Waits for the end of a future of {@link #send}. */
  static void await(CompletableFuture<Void> confirmed)
      throws Refused, IOException, InterruptedException {
    try {
      confirmed.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Refused refused) {
        throw refused;
      }
      if (e.getCause() instanceof IOException broken) {
        throw broken;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Takes no more values, waits for those under way, and ends the thread. Interrupted, it waits no
   * longer.
   *
   * @param grace how long to wait at most; what is not confirmed by then ends {@link Unconfirmed}
   */
  void close(Duration grace) {
    boolean own = Thread.currentThread() == thread;
    lock.lock();
    try {
      closing = true;
      moved.signalAll();
      long leftNanos = grace.toNanos();
      while (!own && values > 0 && leftNanos > 0) {
        leftNanos = moved.awaitNanos(leftNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    stopped = true;
    selector.wakeup();
    if (!own) {
      joinUninterrupted();
    }
  }

  /** Short: the thread never blocks but in the selector, which was woken. */
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
    String reason = "the connection failed";
    try {
      while (!stopped) {
        socket.lock();
        try {
          takeQueued();
          step();
          expire();
        } finally {
          socket.unlock();
        }
      }
      reason = "the connection was closed";
    } catch (IOException e) {
      reason = "waiting for the broker failed: " + e.getMessage();
    } finally {
      socket.lock();
      try {
        stop(reason);
      } finally {
        socket.unlock();
      }
    }
  }

  private void stop(String reason) {
    lock.lock();
    try {
      closing = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    takeQueued();
    lose(reason, null);
    while (!unwritten.isEmpty()) {
      finish(unwritten.remove(), new IOException("not sent to " + address + ": " + reason));
    }
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void takeQueued() {
    lock.lock();
    try {
      unwritten.addAll(queued);
      queued.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Does what the socket is ready for, and waits until it is ready for something. */
  private void step() throws IOException {
    long waitMillis = millisToDeadline();
    try {
      if (channel == null && !unwritten.isEmpty() && !connect()) {
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
        if (read(channel) < 0) {
          lose("the broker closed the connection", null);
        }
      } else if (channel != null) {
        channel.finishConnect();
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /** Begins to connect; false when the broker's backlog is full and it is worth trying again. */
  private boolean connect() throws IOException {
    SocketChannel opened = address.openChannel();
    try {
      opened.configureBlocking(false);
      opened.connect(address.resolve());
      opened.register(selector, SelectionKey.OP_CONNECT);
      channel = opened;
      confirms = new ValueFramer(CONFIRM_BYTES_MAX);
      return true;
    } catch (ConnectException e) {
      throw e;
    } catch (SocketException e) {
      // EAGAIN of a unix socket has no exception of its own; the other reasons show in the file.
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

  /** Writes what the socket takes; true when that was everything. */
  private boolean write(SocketChannel open) throws IOException {
    boolean room = true;
    while (room && !unwritten.isEmpty()) {
      ByteBuffer[] buffers =
          unwritten.stream()
              .limit(BUFFERS_PER_WRITE_MAX)
              .map(value -> value.bytes)
              .toArray(ByteBuffer[]::new);
      used |= open.write(buffers) > 0;
      room = !buffers[buffers.length - 1].hasRemaining();
      while (!unwritten.isEmpty() && !unwritten.element().bytes.hasRemaining()) {
        Value value = unwritten.remove();
        written.put(value.confirm, value);
      }
    }
    int operations = SelectionKey.OP_READ | (room ? 0 : SelectionKey.OP_WRITE);
    SelectionKey key = open.keyFor(selector);
    if (key.interestOps() != operations) {
      key.interestOps(operations);
    }
    return room;
  }

  /** Reads once and completes what is confirmed; -1 at the end. */
  private int read(SocketChannel open) throws IOException {
    int count = confirms.read(open);
    for (JsonReader json = confirms.next(); json != null; json = confirms.next()) {
      Wire.Confirm confirm = Wire.readConfirm(json);
      Value value = confirm.confirm() == null ? null : written.remove(confirm.confirm());
      if (value != null) {
        finish(value, confirm.failure());
      }
    }
    return count;
  }

  /** After a failed write: what the broker said before it closed still counts. */
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

  /** Takes note that connecting, writing or reading has failed. */
  private void fail(Exception cause) {
    String reason = cause.getMessage() == null ? "unknown host" : cause.getMessage();
    boolean reached = used;
    lose(reason, cause);
    while (!reached && !unwritten.isEmpty()) {
      ConnectException unreachable =
          new ConnectException("the broker at " + address + " is not reachable: " + reason);
      unreachable.initCause(cause);
      finish(unwritten.remove(), unreachable);
    }
  }

  /** Gives the connection up. What was not begun to be written waits for the next one. */
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
    String sentence = "not confirmed by " + address + ", maybe stored: " + reason;
    for (Value value : List.copyOf(written.values())) {
      written.remove(value.confirm);
      finish(value, new Unconfirmed(sentence, cause));
    }
    Value cut = unwritten.peek();
    if (cut != null && cut.bytes.position() > 0) {
      unwritten.remove();
      boolean whole = cut.bytes.remaining() <= 1; // but for the line feed
      String cutSentence = "not sent whole to " + address + ", nothing stored: " + reason;
      finish(cut, whole ? new Unconfirmed(sentence, cause) : new IOException(cutSentence, cause));
    }
  }

  private void finish(Value value, @Nullable Throwable failure) {
    lock.lock();
    try {
      values--;
      bytes -= value.bytes.capacity();
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    if (failure == null) {
      value.confirmed.complete(null);
    } else {
      value.confirmed.completeExceptionally(failure);
    }
  }

  private void expire() {
    Value oldest = oldest(written.values());
    if (oldest != null && isDue(oldest)) {
      lose("no confirm within " + timeout.toMillis() + " ms", null);
    }
    Value next = unwritten.peek();
    if (next != null && isDue(next)) {
      lose("not read by the broker within " + timeout.toMillis() + " ms", null);
    }
    while (!unwritten.isEmpty() && isDue(unwritten.element())) {
      String sentence = "not sent to " + address + " within " + timeout.toMillis() + " ms";
      finish(unwritten.remove(), new SocketTimeoutException(sentence));
    }
  }

  private static boolean isDue(Value value) {
    return value.deadlineNanos - System.nanoTime() <= 0;
  }

  private static @Nullable Value oldest(Iterable<Value> values) {
    for (Value value : values) {
      return value;
    }
    return null;
  }

  /**
   * Until something may be too late. When nothing is under way that is the time each value has: one
   * that a sender writes meanwhile has no less.
   */
  private long millisToDeadline() {
    Value first = written.isEmpty() ? unwritten.peek() : oldest(written.values());
    if (first == null) {
      return Math.max(1, timeout.toMillis());
    }
    long nanos = first.deadlineNanos - System.nanoTime();
    return Math.max(1, 1 + nanos / 1_000_000);
  }
}
