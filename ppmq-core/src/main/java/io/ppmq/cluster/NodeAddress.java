package io.ppmq.cluster;

/**
 * The address on which a node listens for the others.
 *
 * @param host a name or an address; an IPv6 address without brackets
 * @param port 1 to 65535
 */
public record NodeAddress(String host, int port) {
  public NodeAddress {
    if (host.isEmpty() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("no address of a node: " + host + ":" + port);
    }
  }

  /** In its written form: {@code 10.0.0.1:7654}, {@code [fd00::1]:7654}. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
  }
}
