package io.ppmq.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address at which the other nodes of a cluster reach a node. The connection has TLS, so any
 * address is possible.
 *
 * @param host a name, or an address in digits, without brackets
 * @param port 1 to 65535
 */
public record HostPort(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]++)]|([A-Za-z0-9](?:[A-Za-z0-9._-]*+))):(\\d{1,5})");

  /** Refuses a wrong host or port with an {@link IllegalArgumentException}. */
  public HostPort {
    if (host.isEmpty()) {
      throw new IllegalArgumentException("a node's address has no host");
    }
    Checks.range("port", port, 1, 65535);
  }

  /**
   * Reads {@code host:port} or {@code [address]:port}.
   *
   * @throws IllegalArgumentException when it is neither, with a message that quotes it
   */
  public static HostPort parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " is not an address of a node: write host:port, such as 10.0.0.1:7654");
    }
    int port = Integer.parseInt(parts.group(3));
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " has a wrong port: it must be from 1 to 65535");
    }
    return new HostPort(parts.group(1) != null ? parts.group(1) : parts.group(2), port);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
