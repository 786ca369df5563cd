package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * An answer of the admin interface.
 *
 * @param head the status line and the headers
 */
record AdminPage(String head, String body) {
  static AdminPage get(SocketAddress admin, String path) throws IOException {
    return ask(admin, "GET " + path, List.of("Host: localhost"));
  }

  /** Sends a request with this line, such as {@code GET /stats}, and these headers. */
  static AdminPage ask(SocketAddress admin, String line, List<String> headers) throws IOException {
    StringBuilder request = new StringBuilder(line).append(" HTTP/1.0\r\n");
    headers.forEach(header -> request.append(header).append("\r\n"));
    request.append("Content-Length: 0\r\n\r\n");
    try (SocketChannel channel = SocketChannel.open(admin)) {
      ByteBuffer bytes = UTF_8.encode(request.toString());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      String answer = new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
      int end = answer.indexOf("\r\n\r\n");
      return new AdminPage(answer.substring(0, end), answer.substring(end + 4));
    }
  }

  int status() {
    return Integer.parseInt(head.substring(9, 12));
  }
}
