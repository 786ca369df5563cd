package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.ppmq.http.Body;
import io.ppmq.http.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The answer of the leader's admin interface, passed on as it arrives. */
final class LeadersAnswer implements Body {
  private static final int PORTION_BYTES = 32 << 10;
  private static final int HEAD_BYTES_MAX = 16 << 10;
  private static final Pattern HEAD =
      Pattern.compile("(?s)HTTP/1\\.\\d (\\d{3})\\b.*?\r\nContent-Type: ([^\r]*)\r\n.*");
  private static final Pattern CODE =
      Pattern.compile("\r\n" + Admin.CODE_HEADER + ": ([^\r]*)\r\n");
  private static final Pattern LENGTH = Pattern.compile("\r\nContent-Length: (\\d{1,18})\r\n");

  private final SocketChannel channel;
  private byte @Nullable [] first;

  private LeadersAnswer(SocketChannel channel, byte @Nullable [] first) {
    this.channel = channel;
    this.first = first;
  }

  /** Sends a request over a blocking channel; the answer closes the channel. */
  static Response read(SocketChannel channel, byte[] request) throws IOException {
    boolean answered = false;
    try {
      ByteBuffer out = ByteBuffer.wrap(request);
      while (out.hasRemaining()) {
        channel.write(out);
      }
      byte[] in = new byte[HEAD_BYTES_MAX];
      int length = 0;
      int end = -1;
      while (end < 0 && length < in.length) {
        int count = channel.read(ByteBuffer.wrap(in, length, in.length - length));
        if (count < 0) {
          break;
        }
        length += count;
        end = text(in, length).indexOf("\r\n\r\n");
      }
      Matcher head = HEAD.matcher(end < 0 ? "" : text(in, end + 2));
      if (!head.matches()) {
        throw new IOException("the leader's admin interface gave no answer");
      }
      Matcher bytes = LENGTH.matcher(head.group());
      Matcher code = CODE.matcher(head.group());
      int from = end + 4;
      byte[] rest = from == length ? null : Arrays.copyOfRange(in, from, length);
      answered = true;
      return new Response(
              Integer.parseInt(head.group(1)),
              head.group(2),
              bytes.find() ? Long.parseLong(bytes.group(1)) : -1,
              new LeadersAnswer(channel, rest))
          .with(code.find() ? Map.of(Admin.CODE_HEADER, code.group(1)) : Map.of());
    } finally {
      if (!answered) {
        channel.close();
      }
    }
  }

  private static String text(byte[] in, int length) {
    return new String(in, 0, length, ISO_8859_1);
  }

  @Override
  public byte @Nullable [] next() throws IOException {
    byte[] portion = first;
    if (portion != null) {
      first = null;
      return portion;
    }
    byte[] in = new byte[PORTION_BYTES];
    int count = channel.read(ByteBuffer.wrap(in));
    return count < 0 ? null : Arrays.copyOf(in, count);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a connection that does not close", e);
    }
  }
}
