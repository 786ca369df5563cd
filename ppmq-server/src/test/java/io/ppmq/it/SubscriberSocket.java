package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A subscriber's socket that accepts all connections and keeps all batches. */
final class SubscriberSocket implements Closeable {
  /** The treatment of a connection. */
  enum Manner {
    /** It is read until the broker closes it. */
    STAYS,
    /** It is closed after each batch. */
    CLOSES_AFTER_EACH_BATCH,
    /** It is closed unread. */
    CLOSES_AT_ONCE
  }

  /** The line that this socket sends to itself. */
  private static final String SETTLED = "settled\n";

  private final SocketAddress address;
  private final ServerSocketChannel server;
  private final BlockingQueue<Push> pushes = new LinkedBlockingQueue<>();
  private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();
  private final List<Long> connectedAtNanos = new CopyOnWriteArrayList<>();
  private final AtomicInteger batches = new AtomicInteger();
  private final AtomicInteger settled = new AtomicInteger();
  private volatile Manner manner = Manner.STAYS;
  private final AtomicInteger life = new AtomicInteger();

  SubscriberSocket(SocketAddress address) throws IOException {
    this.address = address;
    boolean unix = address instanceof UnixDomainSocketAddress;
    server =
        unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
    server.bind(address);
    start(this::accept);
  }

  SubscriberSocket that(Manner chosen) {
    manner = chosen;
    return this;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "subscriber");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        connectedAtNanos.add(System.nanoTime());
        if (manner == Manner.CLOSES_AT_ONCE) {
          connection.close();
        } else {
          connections.add(connection);
          int inLife = life.get();
          start(() -> read(connection, inLife));
        }
      }
    } catch (IOException e) {
      // closed, by this side
      return;
    }
  }

  private void read(SocketChannel connection, int inLife) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] chunk = new byte[64 << 10];
    try (connection) {
      for (int count; (count = connection.read(ByteBuffer.wrap(chunk))) >= 0; ) {
        int from = 0;
        for (int i = 0; i < count; i++) {
          if (chunk[i] == '\n') {
            line.write(chunk, from, i + 1 - from);
            keep(line.toString(UTF_8), inLife);
            line.reset();
            from = i + 1;
          }
        }
        line.write(chunk, from, count - from);
        if (line.size() == 0 && manner == Manner.CLOSES_AFTER_EACH_BATCH) {
          return;
        }
      }
    } catch (IOException e) {
      // closed, by this side or that
      return;
    } finally {
      connections.remove(connection);
    }
  }

  private void keep(String line, int inLife) throws IOException {
    if (line.equals(SETTLED)) {
      settled.incrementAndGet();
      return;
    }
    Push push = Push.of(line, System.nanoTime()).in(inLife);
    batches.incrementAndGet(); // before it can be taken
    pushes.add(push);
  }

  /** The next batch. */
  Push next() throws InterruptedException {
    Push push = next(Await.PATIENCE);
    if (push == null) {
      throw new AssertionError("no batch came to " + address);
    }
    return push;
  }

  /** The next batch in time, or null. */
  Push next(Duration atMost) throws InterruptedException {
    return pushes.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Takes and acknowledges batches until this many messages have arrived; returns their payloads.
   */
  List<String> takeAll(int count, Peer peer) throws IOException, InterruptedException {
    List<String> payloads = new ArrayList<>();
    while (payloads.size() < count) {
      Push push = next();
      payloads.addAll(push.payloads());
      peer.acknowledge(push);
    }
    return payloads;
  }

  /**
   * Waits until every connection of a dead broker was accepted and read to its end: later
   * connections are of the next broker's {@link Push#life}.
   */
  void settle() throws Exception {
    int before = settled.get();
    try (SocketChannel own = SocketChannel.open(address)) {
      own.write(ByteBuffer.wrap(SETTLED.getBytes(UTF_8)));
      Await.until("connections accepted", () -> settled.get() > before);
    }
    Await.until("connections read", connections::isEmpty);
    life.incrementAndGet();
  }

  /** Whether no batch waits to be taken. */
  boolean isEmpty() {
    return pushes.isEmpty();
  }

  /** The number of batches so far, taken or not. */
  int batches() {
    return batches.get();
  }

  /** The times of all connections so far. */
  List<Long> connectedAtNanos() {
    return List.copyOf(connectedAtNanos);
  }

  /** Closes the present connections, and goes on listening. */
  void hangUp() throws IOException {
    for (SocketChannel connection : connections) {
      connection.close();
    }
  }

  /**
   * Simulates a crash and a restart: closes the connections and forgets batches that were not
   * taken. Returns these.
   */
  List<Push> crash() throws Exception {
    List<SocketChannel> before = List.copyOf(connections);
    for (SocketChannel connection : before) {
      connection.close();
    }
    Await.until("connections closed", () -> connections.stream().noneMatch(before::contains));
    List<Push> forgotten = new ArrayList<>();
    pushes.drainTo(forgotten);
    return forgotten;
  }

  /** Ends cleanly: stops listening, and removes the socket's file. */
  @Override
  public void close() throws IOException {
    server.close();
    hangUp();
    if (address instanceof UnixDomainSocketAddress unix) {
      Files.deleteIfExists(unix.getPath());
    }
  }
}
