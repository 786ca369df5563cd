package io.ppmq.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A socket that plays the broker: the test reads and writes its lines. */
final class FakeBroker implements Closeable {
  private static final Pattern CONFIRM = Pattern.compile("\"Confirm\":\"([^\"]*)\"");

  private final Address address;
  private final ServerSocketChannel listening;

  /** Listens on the address. */
  FakeBroker(Address address) throws IOException {
    this.listening = address.openServerChannel().bind(address.resolve());
    this.address = address;
  }

  SocketAddress local() throws IOException {
    return listening.getLocalAddress();
  }

  Talk accept() throws IOException {
    return new Talk(listening.accept());
  }

  /** Connects to a subscriber, as the broker does to push. */
  static Talk connect(Address subscriber) throws IOException {
    return new Talk(SocketChannel.open(subscriber.resolve()));
  }

  @Override
  public void close() throws IOException {
    listening.close();
    if (!address.isTcp()) {
      Files.deleteIfExists(Path.of(address.text()));
    }
  }

  /** One connection that carries lines. */
  static final class Talk implements Closeable {
    private final SocketChannel channel;
    private final BufferedReader lines;

    Talk(SocketChannel channel) {
      this.channel = channel;
      this.lines = new BufferedReader(Channels.newReader(channel, UTF_8));
    }

    /** The next line, or null at the end. */
    String read() throws IOException {
      return lines.readLine();
    }

    /** Reads a value and confirms it. */
    String confirm() throws IOException {
      String line = read();
      write("{\"confirm\":\"" + id(line) + "\"}\n");
      return line;
    }

    void write(String text) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    void writeByteByByte(String text) throws IOException {
      for (byte b : text.getBytes(UTF_8)) {
        channel.write(ByteBuffer.wrap(new byte[] {b}));
      }
    }

    static String id(String line) {
      Matcher matcher = CONFIRM.matcher(line);
      if (!matcher.find()) {
        throw new AssertionError("asks for no confirm: " + line);
      }
      return matcher.group(1);
    }

    /** The value without the field that asks for the confirm. */
    static String fields(String line) {
      return CONFIRM.matcher(line).replaceFirst("").replaceFirst("\\{,", "{");
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
