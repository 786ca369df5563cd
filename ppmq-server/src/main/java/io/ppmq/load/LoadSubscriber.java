package io.ppmq.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber of a load: listens on its socket and acknowledges every batch as soon as it is read.
 * For one thread.
 */
public final class LoadSubscriber implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final Path own;
  private final ServerSocketChannel listening;
  private final SocketChannel broker;
  private final BatchReader reader;
  private @Nullable SocketChannel connection;
  private ByteBuffer input = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  /**
   * Listens, and connects to the broker.
   *
   * @param name the subscriber's name
   * @param own its socket, where no file may exist
   * @param broker the broker's socket
   * @param payloadBytes the length of the payloads to expect
   */
  public LoadSubscriber(String name, Path own, Path broker, int payloadBytes) throws IOException {
    this.own = own;
    this.reader = new BatchReader(name, payloadBytes);
    this.broker = SocketChannel.open(UnixDomainSocketAddress.of(broker));
    this.listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(own));
  }

  /**
   * Takes and acknowledges batches until this many runs have ended. Blocks until the last
   * acknowledgement is confirmed.
   *
   * @param ends one for each producer and topic
   * @throws IOException if the broker is gone, or pushes messages that this load has not published
   */
  public Received receive(int ends) throws IOException {
    Histogram latencies = new Histogram(3);
    long beginNanos = 0;
    long messages = 0;
    long batches = 0;
    int left = ends;
    while (left > 0) {
      int length = nextLine();
      long nowNanos = System.nanoTime();
      beginNanos = batches == 0 ? nowNanos : beginNanos;
      reader.read(input.array(), input.position(), length, nowNanos, latencies);
      input.position(input.position() + length);
      messages += reader.messages();
      left -= reader.ends();
      batches++;
      acknowledge(left <= 0);
    }
    awaitConfirm();
    return new Received(messages, batches, System.nanoTime() - beginNanos, latencies);
  }

  /** The length of the next batch with its line feed; it lies at the position of {@link #input}. */
  private int nextLine() throws IOException {
    int scanned = 0;
    while (true) {
      byte[] array = input.array();
      for (int i = input.position() + scanned; i < input.limit(); i++) {
        if (array[i] == '\n') {
          return i + 1 - input.position();
        }
      }
      scanned = input.remaining();
      fill();
    }
  }

  private void fill() throws IOException {
    input.compact();
    if (!input.hasRemaining()) {
      ByteBuffer larger = ByteBuffer.allocate(2 * input.capacity());
      input = larger.put(input.flip());
    }
    SocketChannel from = connection;
    if (from == null) {
      from = listening.accept();
      connection = from;
    }
    if (from.read(input) < 0) {
      from.close();
      connection = null;
      input.clear();
    }
    input.flip();
  }

  private void acknowledge(boolean confirm) throws IOException {
    ByteBuffer bytes = reader.acknowledgement(confirm);
    while (bytes.hasRemaining()) {
      broker.write(bytes);
    }
  }

  private void awaitConfirm() throws IOException {
    ByteBuffer line = ByteBuffer.allocate(1024);
    do {
      if (broker.read(line) < 0) {
        throw new EOFException("the broker closed the connection of the acknowledgements");
      }
    } while (line.get(line.position() - 1) != '\n');
    String answer = UTF_8.decode(line.flip()).toString();
    if (answer.contains("\"error\"")) {
      throw new IOException("the broker refused an acknowledgement: " + answer.strip());
    }
  }

  @Override
  public void close() throws IOException {
    try (broker;
        listening) {
      if (connection != null) {
        connection.close();
      }
      Files.deleteIfExists(own);
    }
  }
}
