package io.ppmq.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins two connections: copies the bytes, the end of the stream and a reset from each to the
 * other. For one thread.
 */
final class Splice {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final int BUFFER_BYTES = 16 << 10;

  private final Half one;
  private final Half other;

  /**
   * Joins two connected channels and owns them from now on; {@code first} is written to b first.
   */
  Splice(Selector selector, SocketChannel a, SocketChannel b, byte[] first) throws IOException {
    a.configureBlocking(false);
    b.configureBlocking(false);
    ByteBuffer ahead = ByteBuffer.allocate(Math.max(BUFFER_BYTES, first.length));
    one = new Half(a, b, ahead.put(first).flip());
    other = new Half(b, a, ByteBuffer.allocate(BUFFER_BYTES).flip());
    for (SocketChannel channel : new SocketChannel[] {a, b}) {
      SelectionKey known = channel.keyFor(selector);
      if (known == null) {
        channel.register(selector, 0, this);
      } else {
        known.attach(this);
      }
    }
    move(selector);
  }

  /** One direction. */
  private static final class Half {
    final SocketChannel from;
    final SocketChannel to;
    final ByteBuffer buffer;
    boolean ended;
    boolean done;

    Half(SocketChannel from, SocketChannel to, ByteBuffer buffer) {
      this.from = from;
      this.to = to;
      this.buffer = buffer;
    }

    void move() throws IOException {
      boolean moved = !done;
      while (moved) {
        boolean wrote = buffer.hasRemaining() && to.write(buffer) > 0;
        moved = wrote || (!ended && !buffer.hasRemaining() && read());
      }
      if (ended && !buffer.hasRemaining() && !done) {
        done = true;
        to.shutdownOutput();
      }
    }

    /** Reads; returns whether there is something to write. */
    private boolean read() throws IOException {
      int count = from.read(buffer.clear());
      buffer.flip();
      ended = count < 0;
      return count > 0;
    }

    int reading() {
      return ended || buffer.hasRemaining() ? 0 : SelectionKey.OP_READ;
    }

    int writing() {
      return buffer.hasRemaining() ? SelectionKey.OP_WRITE : 0;
    }
  }

  /** Moves as many bytes as possible now; closes both channels at the end. */
  void move(Selector selector) {
    try {
      one.move();
      other.move();
      if (one.done && other.done) {
        close(false);
        return;
      }
      watch(selector, one.from, one.reading() | other.writing());
      watch(selector, other.from, other.reading() | one.writing());
    } catch (IOException e) {
      LOG.debug("a relayed connection broke: {}", e.getMessage());
      close(true);
    }
  }

  private static void watch(Selector selector, SocketChannel channel, int operations) {
    SelectionKey key = channel.keyFor(selector);
    if (key != null && key.isValid()) {
      key.interestOps(operations);
    }
  }

  /** Closes both; a reset shows both peers that not everything has arrived. */
  void close(boolean reset) {
    for (SocketChannel channel : new SocketChannel[] {one.from, one.to}) {
      try {
        if (reset && channel.isOpen() && channel.getRemoteAddress() instanceof InetSocketAddress) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        channel.close();
      } catch (IOException e) {
        LOG.debug("a relayed connection did not close: {}", e.getMessage());
      }
    }
  }
}
