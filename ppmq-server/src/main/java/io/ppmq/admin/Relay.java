package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * Carries the bytes of one client to the HTTP server and back, without looking at them. What it
 * holds is bounded, and so is what a client may ask in one connection, which is good for one
 * request. For the bridge's thread.
 */
final class Relay {
  /** Request line, headers and whatever follows them. */
  static final int REQUEST_BYTES_MAX = 16 << 10;

  private static final byte[] TOO_LONG =
      """
      HTTP/1.1 431 Request Header Fields Too Large\r
      Content-Length: 0\r
      Connection: close\r
      \r
      """
          .getBytes(US_ASCII);

  private final SocketChannel client;
  private final SocketChannel server;
  private final SelectionKey clientKey;
  private final SelectionKey serverKey;
  private final ByteBuffer request = ByteBuffer.allocate(4 << 10);
  private final ByteBuffer response = ByteBuffer.allocate(16 << 10);
  private final long bornNanos;
  private long movedNanos;
  private int requestBytes;
  private boolean clientEnded;
  private boolean serverEnded;
  private boolean answering;

  /** Takes the client over; both channels are closed by whoever made them. */
  Relay(SocketChannel client, SocketChannel server, Selector selector, long nowNanos)
      throws IOException {
    this.client = client;
    this.server = server;
    client.configureBlocking(false);
    server.configureBlocking(false);
    this.clientKey = client.register(selector, SelectionKey.OP_READ, this);
    this.serverKey = server.register(selector, SelectionKey.OP_READ, this);
    this.bornNanos = nowNanos;
    this.movedNanos = nowNanos;
  }

  SocketChannel client() {
    return client;
  }

  SocketChannel server() {
    return server;
  }

  long bornNanos() {
    return bornNanos;
  }

  /** When a byte last went anywhere. */
  long movedNanos() {
    return movedNanos;
  }

  /** Moves what can be moved now; false when there is no more to come. */
  boolean move(long nowNanos) throws IOException {
    boolean asked = takeRequest();
    boolean answered = takeResponse();
    if (asked || answered) {
      movedNanos = nowNanos;
    }
    clientKey.interestOps(interest(!clientEnded && request.hasRemaining(), response));
    serverKey.interestOps(serverEnded ? 0 : interest(response.hasRemaining(), request));
    return !serverEnded || response.position() > 0;
  }

  private static int interest(boolean reads, ByteBuffer toWrite) {
    return (reads ? SelectionKey.OP_READ : 0)
        | (toWrite.position() > 0 ? SelectionKey.OP_WRITE : 0);
  }

  private boolean takeRequest() throws IOException {
    if (serverEnded) {
      return false;
    }
    int read = clientEnded ? 0 : client.read(request);
    if (read > 0) {
      requestBytes += read;
    }
    if (requestBytes > REQUEST_BYTES_MAX) {
      refuse();
      return true;
    }
    int written = drain(request, server);
    if (read < 0) {
      clientEnded = true;
    }
    if (clientEnded && request.position() == 0 && !server.socket().isOutputShutdown()) {
      server.shutdownOutput();
    }
    return read > 0 || written > 0;
  }

  private void refuse() {
    clientEnded = true;
    serverEnded = true;
    request.clear();
    if (!answering) {
      response.put(TOO_LONG);
    }
  }

  private boolean takeResponse() throws IOException {
    int read = serverEnded ? 0 : server.read(response);
    if (read < 0) {
      serverEnded = true;
    }
    answering |= read > 0;
    int written = drain(response, client);
    return read > 0 || written > 0;
  }

  private static int drain(ByteBuffer from, SocketChannel to) throws IOException {
    if (from.position() == 0) {
      return 0;
    }
    from.flip();
    try {
      return to.write(from);
    } finally {
      from.compact();
    }
  }
}
