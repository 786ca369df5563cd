package io.ppmq.server;

import io.ppmq.config.Address;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Connects to the socket of a subscriber on this machine for the leader, which is another. */
final class SocketVisit {
  private SocketVisit() {}

  /**
   * A connection to the socket, after a look at its owner. Blocks until it is there.
   *
   * @throws IOException when there is none; the message is a sentence
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
      channel.connect(address.socketAddress());
      refuse(owner == null ? "" : owner.refusalOfListener(channel, recipient.topics()));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e instanceof Refused
          ? e
          : new IOException("cannot connect to " + address + ": " + IoReason.of(e), e);
    }
  }

  private static void refuse(@Nullable String reason) throws Refused {
    if (reason != null && !reason.isEmpty()) {
      throw new Refused(reason);
    }
  }

  /** The socket is not the subscriber's. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String reason) {
      super(reason);
    }
  }
}
