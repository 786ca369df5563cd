package io.ppmq.server;

import io.ppmq.broker.port.Sender;
import io.ppmq.config.Address;
import io.ppmq.message.Bytes;
import io.ppmq.system.IoReason;
import io.ppmq.topic.Batch;
import io.ppmq.wire.BatchEncoder;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one subscriber's socket. Batches are encoded and written without blocking, a
 * buffer at a time.
 *
 * <p>The kernel distinguishes a subscriber that closed after it read everything, which ends the
 * stream, from one that did not, which resets it. After a reset the pushed messages were not read
 * to the end, and the broker redelivers them.
 *
 * <p>The broker's thread and the loop's thread both use it, one at a time.
 */
final class SubscriberConnection implements Sender {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** A socket that takes nothing of a batch for this long may be closed in favour of others. */
  private static final long STUCK_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

  private final SenderLoop loop;
  private final String subscriber;
  private final Address address;
  private final Link link;
  private final @Nullable SocketOwner owner;
  private final Map<String, Bytes> openings = new HashMap<>();
  private @Nullable SocketChannel channel;
  private @Nullable PushBuffer pushing;
  private long stuckSinceNanos;
  private boolean unreachable;
  private @Nullable String refusal;

  SubscriberConnection(SenderLoop loop, String subscriber, Recipient recipient, Link link) {
    this.loop = loop;
    this.subscriber = subscriber;
    this.address = recipient.address();
    this.owner =
        recipient.user().isEmpty()
            ? null
            : new SocketOwner(recipient.address(), subscriber, recipient.user());
    this.link = link;
  }

  // ---- connecting -----------------------------------------------------------------------------

  @Override
  public synchronized void open() {
    if (loop.isFull()) {
      failed("no more connections to sockets fit into the limit of open files");
      return;
    }
    try {
      String refused = owner == null ? null : owner.refusalOfFile(loop.topics(subscriber));
      if (refused != null) {
        refuse(refused);
        return;
      }
      SocketChannel opened =
          address instanceof Address.Unix
              ? SocketChannel.open(StandardProtocolFamily.UNIX)
              : SocketChannel.open();
      use(opened);
      if (address instanceof Address.Tcp) {
        opened.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }
      opened.configureBlocking(false);
      if (opened.connect(address.socketAddress())) {
        loop.register(opened, SelectionKey.OP_READ, this);
        connected(opened);
      } else {
        loop.register(opened, SelectionKey.OP_CONNECT, this);
      }
    } catch (IOException e) {
      failed("cannot connect to " + address, e);
      loop.watch().await(address, link::appeared);
    }
  }

  /**
   * Takes over a connection to the subscriber's socket on another machine, which has checked the
   * owner of the socket.
   *
   * @param node the machine, for the log
   * @param not whether to close it instead
   */
  synchronized void take(SocketChannel connected, String node, boolean not) {
    try {
      if (not) {
        connected.close();
        return;
      }
      connected.configureBlocking(false);
      use(connected);
      loop.register(connected, SelectionKey.OP_READ, this);
      LOG.debug("subscriber {} takes its messages on node {}", subscriber, node);
      link.opened();
    } catch (IOException e) {
      failed("the connection by way of node " + node + " broke", e);
    }
  }

  synchronized void finishConnect(SelectionKey key) {
    SocketChannel opening = channel;
    if (opening == null || opening != key.channel()) {
      return;
    }
    try {
      if (opening.finishConnect()) {
        key.interestOps(SelectionKey.OP_READ);
        connected(opening);
      }
    } catch (IOException e) {
      failed("cannot connect to " + address, e);
    }
  }

  private void connected(SocketChannel opened) {
    String refused =
        owner == null ? null : owner.refusalOfListener(opened, loop.topics(subscriber));
    if (refused != null) {
      refuse(refused);
      return;
    }
    loop.watch().forget(address);
    link.opened();
  }

  /** Sends nothing to the user that holds the socket now, and logs the reason at once. */
  private void refuse(String reason) {
    if (unreachable && !reason.equals(refusal)) {
      LOG.warn("{}", reason); // it failed before, and the broker has logged another reason
    }
    refusal = reason;
    failed(reason);
    loop.watch().await(address, link::appeared);
  }

  // ---- pushing --------------------------------------------------------------------------------

  @Override
  public synchronized boolean push(Batch batch) {
    SocketChannel open = channel;
    if (open == null) {
      link.failed("the connection to " + address + " was closed");
      return false;
    }
    PushBuffer shared = PushBuffer.shared();
    if (!shared.holds(batch)) {
      shared.begin(batch, opening(batch));
    }
    pushing = shared;
    boolean whole = write(open, shared);
    if (pushing == shared) {
      pushing = shared.moved(); // unwritten bytes must wait, and the shared buffer is needed again
    }
    return whole;
  }

  @Override
  public synchronized void prepare(Batch batch) {
    if (channel != null && pushing == null) {
      PushBuffer.shared().begin(batch, opening(batch));
    }
  }

  private Bytes opening(Batch batch) {
    return openings.computeIfAbsent(
        batch.topic(), topic -> BatchEncoder.opening(topic, subscriber));
  }

  /** The socket can take more. */
  synchronized void writeOn() {
    SocketChannel open = channel;
    PushBuffer rest = pushing;
    if (open != null && rest != null && write(open, rest)) {
      loop.watchFor(open, SelectionKey.OP_READ);
      link.pushed();
    }
  }

  /** Writes as much as the socket takes; true if the whole batch is written. */
  private boolean write(SocketChannel open, PushBuffer buffer) {
    long before = buffer.written();
    try {
      if (!buffer.writeTo(open)) {
        if (before == 0 || buffer.written() != before) {
          stuckSinceNanos = System.nanoTime();
        }
        loop.watchFor(open, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        return false;
      }
    } catch (IOException e) {
      broke(open, buffer, e);
      return false;
    }
    pushing = null;
    unreachable = false;
    refusal = null;
    return true;
  }

  @Override
  public synchronized boolean endIfStuck() {
    if (pushing == null || System.nanoTime() - stuckSinceNanos <= STUCK_NANOS_MAX) {
      return false;
    }
    link.closed(true); // earlier pushes are unread
    failed(address + " read nothing of a batch for 5 seconds, while other subscribers waited");
    return true;
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** The subscriber has closed, or has sent something, which is ignored. */
  synchronized void read(ByteBuffer discarded) {
    SocketChannel open = channel;
    if (open == null) {
      return;
    }
    try {
      if (open.read(discarded) < 0) {
        ended(false, "it closed the connection");
      }
    } catch (IOException reset) {
      ended(true, "it closed the connection without reading to its end");
    }
  }

  private void ended(boolean unread, String how) {
    boolean wasPushing = pushing != null;
    letGo();
    if (unread) {
      link.closed(true);
    }
    if (wasPushing) {
      link.failed(address + ": " + how);
    } else if (!unread) {
      link.closed(false);
    }
  }

  /** A batch could not be written; the subscriber may not have read earlier ones either. */
  private void broke(SocketChannel open, PushBuffer buffer, IOException e) {
    if (buffer.isBegun() || !hasReadAll(open)) {
      link.closed(true);
    }
    failed("the connection to " + address + " broke", e);
  }

  /**
   * Whether the subscriber had read everything when it closed. This is known only for a unix
   * socket, and not after a part of a batch was written: the kernel reports a reset once, and the
   * failed write may have consumed the report.
   */
  private boolean hasReadAll(SocketChannel open) {
    try {
      if (!(open.getLocalAddress() instanceof UnixDomainSocketAddress)) {
        return false;
      }
      return open.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException reset) {
      return false;
    }
  }

  private void failed(String what, IOException e) {
    failed(what + ": " + IoReason.of(e));
  }

  private void failed(String reason) {
    letGo();
    unreachable = true;
    link.failed(reason);
  }

  @Override
  public synchronized void close() {
    letGo();
    loop.watch().forget(address);
  }

  private void use(SocketChannel opened) {
    channel = opened;
    loop.opened();
  }

  private void letGo() {
    SocketChannel gone = channel;
    channel = null;
    pushing = null;
    if (gone != null) {
      loop.closed();
      try {
        gone.close();
      } catch (IOException e) {
        throw new IllegalStateException("a connection that does not close", e);
      }
    }
  }
}
