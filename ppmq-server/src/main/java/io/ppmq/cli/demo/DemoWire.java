package io.ppmq.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.client.Address;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Speaks to the broker in bare bytes, to show that any language can. */
final class DemoWire implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 10_000;
  private static final int LINE_BYTES_MAX = 64 << 10;

  private final SocketChannel broker;
  private final ServerSocketChannel listening;
  private final Path file;

  /** Connects to the broker, and listens on the socket of a subscriber. */
  DemoWire(Address broker, Address subscriber) throws IOException {
    this.file = Path.of(subscriber.text());
    this.broker = SocketChannel.open(UnixDomainSocketAddress.of(broker.text()));
    this.listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(file));
  }

  /** Writes a value to the broker and returns the line it answers. */
  String ask(String json) throws IOException {
    broker.configureBlocking(true);
    ByteBuffer bytes = UTF_8.encode(json + "\n");
    while (bytes.hasRemaining()) {
      broker.write(bytes);
    }
    return line(broker);
  }

  /** The line that the broker pushes to the subscriber. */
  String push() throws IOException {
    await(listening, SelectionKey.OP_ACCEPT);
    try (SocketChannel connection = listening.accept()) {
      return line(connection);
    }
  }

  private static String line(SocketChannel channel) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (line.size() < LINE_BYTES_MAX) {
      await(channel, SelectionKey.OP_READ);
      if (channel.read(one) < 0 || one.get(0) == '\n') {
        return line.toString(UTF_8);
      }
      line.write(one.get(0));
      one.clear();
    }
    throw new IOException("the broker sent a line that does not end");
  }

  private static void await(SelectableChannel channel, int operation) throws IOException {
    channel.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      channel.register(selector, operation);
      if (selector.select(PATIENCE_MILLIS) == 0) {
        throw new SocketTimeoutException("the broker sent nothing in time");
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (broker;
        listening) {
      Files.deleteIfExists(file);
    }
  }
}
