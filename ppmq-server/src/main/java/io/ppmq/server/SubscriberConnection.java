package io.ppmq.server;

import io.ppmq.broker.Sender;
import io.ppmq.config.Address;
import io.ppmq.message.Bytes;
import io.ppmq.topic.Batch;
import io.ppmq.wire.BatchEncoder;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one subscriber's socket. Batches are encoded and written without blocking, a
 * buffer at a time.
 *
 * <p>The kernel tells a subscriber that closed after reading everything from one that did not: the
 * first ends the stream, the second resets it. What was pushed over a connection that was reset was
 * not read to its end, and the broker sends it again.
 *
 * <p>The broker's thread and the loop's thread both come here, one at a time.
 */
final class SubscriberConnection implements Sender {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final int BUFFER_BYTES = 64 << 10;

  /** Reused for pushes that the socket takes at once, which is nearly all of them. */
  private static final ThreadLocal<ByteBuffer> SHARED =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private final SenderLoop loop;
  private final String subscriber;
  private final Address address;
  private final Link link;
  private final @Nullable SocketOwner owner;
  private final Map<String, Bytes> openings = new HashMap<>();
  private @Nullable SocketChannel channel;
  private @Nullable BatchEncoder encoder;
  private @Nullable ByteBuffer unwritten;
  private boolean ownBuffer;
  private boolean encoded;
  private boolean begun;
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
      channel = opened;
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

  /** Nothing is sent to who holds the socket now. That it fails for this reason is said at once. */
  private void refuse(String reason) {
    if (unreachable && !reason.equals(refusal)) {
      LOG.warn("{}", reason); // it failed before, and the broker has told why: not this
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
    Bytes opening =
        openings.computeIfAbsent(batch.topic(), topic -> BatchEncoder.opening(topic, subscriber));
    encoder = new BatchEncoder(opening, batch.deliveries());
    encoded = false;
    begun = false;
    unwritten = SHARED.get().clear().flip();
    ownBuffer = false;
    return write(open);
  }

  /** The socket takes more. */
  synchronized void writeOn() {
    SocketChannel open = channel;
    if (open != null && encoder != null && write(open)) {
      link.pushed();
    }
  }

  /** Writes what the socket takes; true when that was the last of the batch. */
  private boolean write(SocketChannel open) {
    try {
      while (fill()) {
        ByteBuffer buffer = buffer();
        begun |= open.write(buffer) > 0;
        if (buffer.hasRemaining()) {
          waitUntilWritable(open, buffer);
          return false;
        }
      }
    } catch (IOException e) {
      broke(open, e);
      return false;
    }
    boolean waited = ownBuffer;
    encoder = null;
    unwritten = null;
    if (waited) {
      loop.watchFor(open, SelectionKey.OP_READ);
    }
    unreachable = false;
    refusal = null;
    return true;
  }

  /** Encodes more when everything encoded is written; false when the whole batch is written. */
  private boolean fill() {
    ByteBuffer buffer = buffer();
    if (buffer.hasRemaining()) {
      return true;
    }
    BatchEncoder unfinished = encoder;
    if (encoded || unfinished == null) {
      return false;
    }
    buffer.clear();
    encoded = unfinished.encode(buffer);
    buffer.flip();
    return true;
  }

  private ByteBuffer buffer() {
    ByteBuffer buffer = unwritten;
    if (buffer == null) {
      throw new IllegalStateException("nothing is being pushed to " + subscriber);
    }
    return buffer;
  }

  /** Keeps what is not written in a buffer of its own, since the shared one is needed again. */
  private void waitUntilWritable(SocketChannel open, ByteBuffer buffer) {
    if (!ownBuffer) {
      ownBuffer = true;
      unwritten = ByteBuffer.allocateDirect(BUFFER_BYTES).put(buffer).flip();
    }
    loop.watchFor(open, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** The subscriber has sent something, which is ignored, or has closed. */
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
    boolean pushing = encoder != null;
    letGo();
    if (unread) {
      link.closed(true);
    }
    if (pushing) {
      link.failed(address + ": " + how);
    } else if (!unread) {
      link.closed(false);
    }
  }

  /** A batch could not be written, and those before it may not have been read either. */
  private void broke(SocketChannel open, IOException e) {
    if (!hasReadAll(open)) {
      link.closed(true);
    }
    failed("the connection to " + address + " broke", e);
  }

  /**
   * Whether the subscriber had read everything when it closed. Only of a unix socket can that be
   * known, and only before a part of a batch was written: the kernel reports a reset once, and the
   * write that failed may have been the one to hear of it.
   */
  private boolean hasReadAll(SocketChannel open) {
    if (begun || !(address instanceof Address.Unix)) {
      return false;
    }
    try {
      return open.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException reset) {
      return false;
    }
  }

  private void failed(String what, IOException e) {
    String reason = e.getMessage();
    failed(what + ": " + (reason == null ? e.getClass().getSimpleName() : reason));
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

  private void letGo() {
    SocketChannel gone = channel;
    channel = null;
    encoder = null;
    unwritten = null;
    if (gone != null) {
      try {
        gone.close();
      } catch (IOException e) {
        throw new IllegalStateException("a connection that does not close", e);
      }
    }
  }
}
