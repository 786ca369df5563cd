package io.ppmq.server;

import io.ppmq.config.Address;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the socket of a subscriber on this machine for the leader, which is another machine.
 */
final class SocketVisit {
  private static final int CONNECT_MILLIS_MAX = 1000;

  private SocketVisit() {}

  /**
   * Checks the owner of the socket and connects to it. Blocks for {@link #CONNECT_MILLIS_MAX} at
   * most.
   *
   * @throws IOException if that fails; the message is a sentence
   */
  static SocketChannel to(String subscriber, Recipient recipient) throws IOException {
    Address address = recipient.address();
    SocketOwner owner =
        recipient.user().isEmpty() ? null : new SocketOwner(address, subscriber, recipient.user());
    refuse(owner == null ? "" : owner.refusalOfFile(recipient.topics()));
    SocketChannel channel =
        address instanceof Address.Unix
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    try {
      connect(channel, address);
      refuse(owner == null ? "" : owner.refusalOfListener(channel, recipient.topics()));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e instanceof Refused
          ? e
          : new IOException("cannot connect to " + address + ": " + IoReason.of(e), e);
    }
  }

  private static void connect(SocketChannel channel, Address address) throws IOException {
    if (address instanceof Address.Unix) {
      // A blocking connect would wait without end for a listener that accepts nothing.
      channel.configureBlocking(false);
      channel.connect(address.socketAddress());
      channel.configureBlocking(true);
    } else {
      channel.socket().connect(address.socketAddress(), CONNECT_MILLIS_MAX);
    }
  }

  private static void refuse(@Nullable String reason) throws Refused {
    if (reason != null && !reason.isEmpty()) {
      throw new Refused(reason);
    }
  }

  /** The socket does not belong to the subscriber. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String reason) {
      super(reason);
    }
  }
}
