package io.ppmq.spring;

import io.ppmq.client.Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Whether the broker is there, and has the subscribers of this application. */
final class BrokerProbe {
  private final Address address;
  private final PpmqListeners listeners;

  BrokerProbe(Address address, PpmqListeners listeners) {
    this.address = address;
    this.listeners = listeners;
  }

  Address address() {
    return address;
  }

  /** The problem, in a sentence; null when there is none. Connects, and closes again. */
  @Nullable String problem() {
    for (Listener listener : listeners.all()) {
      String refusal = listener.refusal();
      if (refusal != null) {
        return "subscriber " + listener.subscriber() + " is refused: " + refusal;
      }
    }
    try (SocketChannel channel = connect()) {
      return channel.isConnected() ? null : "the broker is not reachable at " + address.text();
    } catch (IOException e) {
      return "the broker is not reachable at " + address.text() + ": " + e.getMessage();
    }
  }

  private SocketChannel connect() throws IOException {
    String text = address.text();
    if (!text.startsWith("tcp://")) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(text));
      return channel;
    }
    URI uri = URI.create(text);
    return SocketChannel.open(new InetSocketAddress(uri.getHost(), uri.getPort()));
  }
}
