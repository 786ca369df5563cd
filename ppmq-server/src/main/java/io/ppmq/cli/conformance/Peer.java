package io.ppmq.cli.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection of either side. Its own thread reads it; one other thread at a time writes. */
final class Peer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Peer.class);
  private static final JsonFactory FACTORY = new JsonFactory();

  /**
   * A value from a connection.
   *
   * @param value null at the end of the connection
   * @param end the bytes that are not JSON, if these ended the connection; otherwise empty
   */
  record Arrival(Peer from, @Nullable Value value, String end) {}

  private final SocketChannel channel;

  /** Reads a connection, and puts its values and then its end into a queue. */
  Peer(SocketChannel channel, BlockingQueue<Arrival> arrivals) {
    this.channel = channel;
    Thread reader = new Thread(() -> read(arrivals), "ppmq-conformance-reader");
    reader.setDaemon(true);
    reader.start();
  }

  static Peer connect(Path socket, BlockingQueue<Arrival> arrivals) throws IOException {
    return new Peer(SocketChannel.open(UnixDomainSocketAddress.of(socket)), arrivals);
  }

  private void read(BlockingQueue<Arrival> arrivals) {
    String end = "";
    try (JsonParser parser = FACTORY.createParser(input())) {
      for (Value value = Value.next(parser); value != null; value = Value.next(parser)) {
        arrivals.add(new Arrival(this, value, ""));
      }
    } catch (JsonProcessingException | ProtocolException e) {
      end = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    } catch (IOException e) {
      LOG.debug("a connection broke", e); // an end like any other
    }
    arrivals.add(new Arrival(this, null, end));
  }

  /** The streams of Channels lock each other out: a read would keep the other side from writing. */
  private InputStream input() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return channel.read(ByteBuffer.wrap(into, offset, length));
      }
    };
  }

  /** Writes text unchanged. */
  void write(String text) throws IOException {
    write(text.getBytes(UTF_8));
  }

  void write(byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      channel.write(left);
    }
  }

  void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
