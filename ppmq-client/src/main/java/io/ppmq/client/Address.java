package io.ppmq.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The address of a socket: the path of a unix socket, or {@code tcp://host:port}.
 *
 * @param text the address as it was written, for messages to people
 */
public record Address(String text) {
  private static final String TCP = "tcp://";

  /**
   * Checks the form of the address, not whether anybody is there.
   *
   * @throws IllegalArgumentException when the text is empty, holds a NUL, or begins with {@code
   *     tcp://} and no host and port follow
   */
  public Address {
    if (text.isEmpty() || text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("an address is a socket path or tcp://host:port");
    }
    if (text.startsWith(TCP)) {
      parseTcp(text);
    }
  }

  /** The same as the constructor, for a sentence that reads well. */
  public static Address of(String text) {
    return new Address(text);
  }

  boolean isTcp() {
    return text.startsWith(TCP);
  }

  /** A channel that can connect to such an address. */
  SocketChannel openChannel() throws IOException {
    return isTcp() ? SocketChannel.open() : SocketChannel.open(StandardProtocolFamily.UNIX);
  }

  /** A channel that can be bound to such an address. */
  ServerSocketChannel openServerChannel() throws IOException {
    return isTcp()
        ? ServerSocketChannel.open()
        : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
  }

  /** Looks up the host's name, which may block, when it is not given in digits. */
  SocketAddress resolve() {
    if (!isTcp()) {
      return UnixDomainSocketAddress.of(text);
    }
    URI uri = parseTcp(text);
    return new InetSocketAddress(uri.getHost(), uri.getPort());
  }

  private static URI parseTcp(String text) {
    try {
      URI uri = new URI(text);
      boolean bare = uri.getRawPath().isEmpty() && uri.getUserInfo() == null;
      if (bare && uri.getHost() != null && uri.getPort() >= 0 && uri.getPort() <= 0xffff) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not tcp://host:port: " + text, e);
    }
    throw new IllegalArgumentException("not tcp://host:port: " + text);
  }

  @Override
  public String toString() {
    return text;
  }
}
