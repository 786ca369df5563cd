package io.ppmq.server;

import io.ppmq.config.Address;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket that is the standard input of this process, as from a {@code .socket} unit of
 * systemd. It outlives the process: a peer that connects between two brokers waits.
 */
final class InheritedSocket {
  private InheritedSocket() {}

  /**
   * The socket, or null if standard input is not a listening socket. Do not close it: the JDK would
   * send stdout and stderr to /dev/null with it.
   *
   * @param name the configuration's name for {@code address}, for the reason
   * @throws StartException if it listens on another address: peers that connect there would wait
   *     for ever
   */
  static @Nullable ServerSocketChannel at(String name, Address address) throws StartException {
    try {
      if (!isSocket() || !(System.inheritedChannel() instanceof ServerSocketChannel channel)) {
        return null;
      }
      SocketAddress listening = channel.getLocalAddress();
      if (!isSame(listening, address)) {
        throw new StartException(
            name + " is " + address + ", but the socket handed over listens on " + listening);
      }
      return channel;
    } catch (IOException e) {
      throw new StartException("the socket handed over cannot be used: " + e.getMessage());
    }
  }

  private static boolean isSocket() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/0")).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // closed
    }
  }

  private static boolean isSame(SocketAddress listening, Address address) throws IOException {
    if (address instanceof Address.Unix unix && listening instanceof UnixDomainSocketAddress at) {
      return Files.exists(unix.path()) && Files.isSameFile(unix.path(), at.getPath());
    }
    return listening.equals(address.socketAddress());
  }
}
