package io.ppmq.spring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.client.Address;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** Whether the broker answers, and has the subscribers of this application. */
final class BrokerProbe {
  /** A value without messages, which changes nothing. */
  private static final byte[] QUESTION = "{\"Confirm\":\"health\"}".getBytes(US_ASCII);

  private static final int TIMEOUT_MILLIS = 2000;
  private static final int ANSWER_BYTES_MAX = 4096;

  private final Address address;
  private final PpmqListeners listeners;

  BrokerProbe(Address address, PpmqListeners listeners) {
    this.address = address;
    this.listeners = listeners;
  }

  Address address() {
    return address;
  }

  /** The problem, in a sentence; null when there is none. Blocks for a few seconds at most. */
  @Nullable String problem() {
    for (Listener listener : listeners.all()) {
      String refusal = listener.refusal();
      if (refusal != null) {
        return "subscriber " + listener.subscriber() + " is refused: " + refusal;
      }
    }
    try (SocketChannel channel = address.openChannel();
        Selector selector = Selector.open()) {
      return problem(channel, selector);
    } catch (UnresolvedAddressException e) {
      return "the broker is not reachable at " + address.text() + ": the host is unknown";
    } catch (IOException e) {
      return "the broker is not reachable at " + address.text() + ": " + e.getMessage();
    }
  }

  private @Nullable String problem(SocketChannel channel, Selector selector) throws IOException {
    String broker = "the broker at " + address.text();
    // A broker that hangs accepts nobody: once others wait, a connection that blocks waits too.
    channel.configureBlocking(false);
    if (!channel.connect(address.resolve())) {
      channel.register(selector, SelectionKey.OP_CONNECT);
      if (selector.select(TIMEOUT_MILLIS) == 0) {
        throw new SocketTimeoutException("no connection within " + TIMEOUT_MILLIS / 1000 + " s");
      }
      selector.selectedKeys().clear();
      channel.finishConnect();
    }
    channel.write(ByteBuffer.wrap(QUESTION)); // an empty socket takes all of it
    channel.register(selector, SelectionKey.OP_READ);
    if (selector.select(TIMEOUT_MILLIS) == 0) {
      return broker + " does not answer within " + TIMEOUT_MILLIS / 1000 + " s";
    }
    ByteBuffer answer = ByteBuffer.allocate(ANSWER_BYTES_MAX);
    if (channel.read(answer) < 0) {
      return broker + " closed the connection";
    }
    String text = UTF_8.decode(answer.flip()).toString().strip();
    return text.contains("\"error\":") ? broker + " answers " + text : null;
  }
}
