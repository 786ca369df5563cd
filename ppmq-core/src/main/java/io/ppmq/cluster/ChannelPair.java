package io.ppmq.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Two ends of one connection within this process, for code that needs an ordinary connection. It
 * uses TCP on the loopback interface, since only there can an end be reset; no other process can
 * have taken either end.
 */
public record ChannelPair(SocketChannel near, SocketChannel far) {
  private static final int STRANGERS_MAX = 100;

  /** Both ends blocking. */
  @SuppressWarnings("AddressSelection") // the loopback address is asked for
  public static ChannelPair open() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(loopback, 0));
      SocketChannel near = SocketChannel.open();
      try {
        near.connect(listening.getLocalAddress());
        SocketChannel far = acceptFrom(listening, near);
        near.setOption(StandardSocketOptions.TCP_NODELAY, true);
        far.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new ChannelPair(near, far);
      } catch (IOException | RuntimeException e) {
        near.close();
        throw e;
      }
    }
  }

  /** Another program on this machine that connected to the port in this moment is turned away. */
  private static SocketChannel acceptFrom(ServerSocketChannel listening, SocketChannel near)
      throws IOException {
    for (int strangers = 0; strangers < STRANGERS_MAX; strangers++) {
      SocketChannel accepted = listening.accept();
      if (near.getLocalAddress().equals(accepted.getRemoteAddress())) {
        return accepted;
      }
      accepted.close();
    }
    throw new IOException("a process of this machine keeps connecting to every port");
  }
}
