package io.ppmq.cluster.ratis;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.ratis.thirdparty.io.grpc.stub.CallStreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * One end of a relayed connection: copies between a channel and a stream to another node, both
 * ways. It reads the channel only while the stream takes more, and takes a frame from the stream
 * only after the last one is written; so a slow reader holds up its writer two machines away, and
 * nothing accumulates in between. Everything happens on the thread of the loop.
 */
final class RelayedConnection {
  /** Ends the stream, with a reason, or with null because everything was copied. */
  interface Ending {
    void end(@Nullable String reason);
  }

  private final RelayLoop loop;
  private final SocketChannel channel;
  private final CallStreamObserver<byte[]> stream;
  private final Ending ending;
  private final Deque<ByteBuffer> toWrite = new ArrayDeque<>();
  private @Nullable SelectionKey key;
  private boolean readToEnd;
  private boolean toldToEnd;
  private boolean writtenToEnd;
  private boolean over;

  RelayedConnection(
      RelayLoop loop, SocketChannel channel, CallStreamObserver<byte[]> stream, Ending ending) {
    this.loop = loop;
    this.channel = channel;
    this.stream = stream;
    this.ending = ending;
  }

  /** Any thread. */
  void start() {
    loop.execute(
        () -> {
          try {
            channel.configureBlocking(false);
            key = channel.register(loop.selector(), SelectionKey.OP_READ, this);
            ready();
          } catch (IOException e) {
            breakOff(e.getMessage());
          }
        });
  }

  /** The stream takes more. Any thread. */
  void streamReady() {
    loop.execute(this::ready);
  }

  /** A frame arrived; the next one arrives after {@code stream.request}. Any thread. */
  void frame(byte[] frame) {
    loop.execute(() -> take(frame));
  }

  /** The other node has ended the stream, or is gone. Any thread. */
  void streamEnded() {
    loop.execute(
        () -> {
          if (!over && !(readToEnd && toldToEnd)) {
            over = true;
            reset();
          }
        });
  }

  /** Ends the connection as broken. On the thread of the loop. */
  void breakOff(@Nullable String reason) {
    if (!over) {
      over = true;
      reset();
      ending.end(reason == null ? "the connection broke" : reason);
    }
  }

  /** Ends the connection as broken. Any thread. */
  void cut(String reason) {
    loop.execute(() -> breakOff(reason));
  }

  // ---- the thread of the loop -----------------------------------------------------------------

  private void take(byte[] frame) {
    if (over) {
      return;
    }
    switch (frame[0]) {
      case RelayFrame.DATA -> toWrite.add(ByteBuffer.wrap(frame, 1, frame.length - 1));
      case RelayFrame.END -> {
        toldToEnd = true;
        stream.request(1); // a reset may follow
      }
      case RelayFrame.RESET -> {
        over = true;
        reset();
        ending.end(null);
        return;
      }
      default -> {
        breakOff("the other node sent an unknown message");
        return;
      }
    }
    ready();
  }

  /** The channel or the stream is ready. */
  void ready() {
    if (over || key == null) {
      return;
    }
    try {
      write();
      read();
      if (readToEnd && writtenToEnd) {
        over = true;
        channel.close();
        ending.end(null);
        return;
      }
      key.interestOps(
          (!readToEnd && stream.isReady() ? SelectionKey.OP_READ : 0)
              | (toWrite.isEmpty() ? 0 : SelectionKey.OP_WRITE));
    } catch (IOException e) {
      over = true;
      stream.onNext(RelayFrame.of(RelayFrame.RESET));
      reset();
      ending.end(null);
    } catch (IllegalStateException streamIsOver) {
      over = true;
      reset();
    }
  }

  private void write() throws IOException {
    for (ByteBuffer next = toWrite.peek(); next != null; next = toWrite.peek()) {
      channel.write(next);
      if (next.hasRemaining()) {
        return;
      }
      toWrite.remove();
      stream.request(1);
    }
    if (toldToEnd && !writtenToEnd) {
      writtenToEnd = true;
      channel.shutdownOutput();
    }
  }

  private void read() throws IOException {
    while (!readToEnd && stream.isReady()) {
      ByteBuffer read = loop.buffer();
      int count = channel.read(read);
      if (count == 0) {
        return;
      }
      if (count < 0) {
        readToEnd = true;
        stream.onNext(RelayFrame.of(RelayFrame.END));
        return;
      }
      stream.onNext(RelayFrame.data(read.flip()));
    }
  }

  /** Closes the channel so that the other end learns, if possible, that not everything was read. */
  private void reset() {
    try {
      if (channel.isOpen() && channel.getLocalAddress() instanceof InetSocketAddress) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException gone) {
      // the channel is closed in any case
    }
    try {
      channel.close();
    } catch (IOException gone) {
      // as intended
    }
  }
}
