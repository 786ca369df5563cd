package io.ppmq.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** An address to listen on: a unix socket, or a TCP port of this machine. */
public sealed interface Address {
  /** The longest path of a unix socket that Linux binds and connects to. */
  int UNIX_PATH_BYTES_MAX = 107;

  /** The address to bind or connect to. Does not look a name up. */
  SocketAddress socketAddress();

  /**
   * A unix socket.
   *
   * @param path a relative path starts at the working directory
   */
  record Unix(Path path) implements Address {
    /** Refuses a path too long for the kernel with an {@link IllegalArgumentException}. */
    public Unix {
      int bytesMax = bytesMax(path);
      if (bytes(path) > bytesMax) {
        throw new IllegalArgumentException(
            Quoted.of(path.toString())
                + " is too long for a unix socket: "
                + bytes(path)
                + " bytes, "
                + bytesMax
                + " at most are served"
                + (bytesMax == UNIX_PATH_BYTES_MAX
                    ? ""
                    : " where more than " + LongPath.NAME_BYTES_MAX + " are its last name"));
      }
    }

    /** Whether a path is short enough. */
    static boolean fits(Path path) {
      return bytes(path) <= bytesMax(path);
    }

    private static int bytesMax(Path path) {
      Path name = path.getFileName();
      return name != null && bytes(name) > LongPath.NAME_BYTES_MAX
          ? LongPath.BYTES_MAX
          : UNIX_PATH_BYTES_MAX;
    }

    private static int bytes(Path path) {
      return path.toString().getBytes(UTF_8).length;
    }

    @Override
    public SocketAddress socketAddress() {
      return UnixDomainSocketAddress.of(
          bytes(path) > LongPath.BYTES_MAX ? LongPath.shortened(path) : path);
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  /**
   * A TCP port on a loopback address. Other addresses are refused, since the connection is not
   * encrypted.
   *
   * @param host in 127.0.0.0/8, or {@code ::1}, or {@code localhost}, which means 127.0.0.1
   * @param port 0 to 65535; 0, which a file cannot contain, listens on any free port
   */
  record Tcp(String host, int port) implements Address {
    private static final Pattern LOOPBACK =
        Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}|::1|localhost");

    /** Refuses any other host or port with an {@link IllegalArgumentException}. */
    public Tcp {
      if (!LOOPBACK.matcher(host).matches()) {
        throw new IllegalArgumentException(
            Quoted.of(host)
                + " is not a loopback address: 127.0.0.0/8, ::1 and localhost are served; programs on"
                + " other machines use a relay of a Cluster");
      }
      Checks.range("port", port, 0, 65535);
    }

    @Override
    public SocketAddress socketAddress() {
      try {
        String literal = host.equals("localhost") ? "127.0.0.1" : host;
        return new InetSocketAddress(InetAddress.getByName(literal), port);
      } catch (UnknownHostException e) {
        throw new AssertionError("an address in digits is never looked up: " + host, e);
      }
    }

    @Override
    public String toString() {
      return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * Reads the path of a unix socket, or {@code tcp://host:port}.
   *
   * @throws IllegalArgumentException when it is neither, with a message that quotes it
   */
  static Address parse(String text) {
    return AddressText.parse(text, "tcp");
  }

  /**
   * Reads the path of a unix socket, or {@code http://host:port}, the form of the admin interface.
   *
   * @throws IllegalArgumentException when it is neither, with a message that quotes it
   */
  static Address parseAdmin(String text) {
    boolean slashed = text.startsWith("http://") && text.endsWith("/");
    return AddressText.parse(slashed ? text.substring(0, text.length() - 1) : text, "http");
  }
}
