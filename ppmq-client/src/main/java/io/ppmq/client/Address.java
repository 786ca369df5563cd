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
   * Checks the form of the address, not whether a socket exists there.
   *
   * @throws IllegalArgumentException when the text is empty, holds a NUL, or begins with {@code
   *     tcp://} without a host and a port
   */
  public Address {
    if (text.isEmpty() || text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("an address is a socket path or tcp://host:port");
    }
    if (text.startsWith(TCP)) {
      parseTcp(text);
    }
  }

  /** Creates an address; the same as the constructor. */
  public static Address of(String text) {
    return new Address(text);
  }

  boolean isTcp() {
    return text.startsWith(TCP);
  }

  /** Opens a channel that can connect to this address. The caller closes it. */
  public SocketChannel openChannel() throws IOException {
    return isTcp() ? SocketChannel.open() : SocketChannel.open(StandardProtocolFamily.UNIX);
  }

  /** Opens a channel that can be bound to this address. */
  ServerSocketChannel openServerChannel() throws IOException {
    return isTcp()
        ? ServerSocketChannel.open()
        : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
  }

  /**
   * Resolves the address. Looks up a host name, which may block, unless the host is an IP address.
   *
   * @return without an IP address if the host is unknown; a channel refuses to connect to it
   */
  public SocketAddress resolve() {
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
