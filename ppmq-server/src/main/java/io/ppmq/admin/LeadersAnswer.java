package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.ppmq.http.Body;
import io.ppmq.http.Response;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.HashMap;
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
  private static final Pattern LATER =
      Pattern.compile("\r\n" + Response.RETRY_AFTER + ": (\\d{1,9})\r\n");
  private static final Pattern ENDED =
      Pattern.compile("\r\n" + Admin.ENDED_HEADER + ": ([a-z]+)\r\n");
  private static final Pattern LENGTH = Pattern.compile("\r\nContent-Length: (\\d{1,18})\r\n");
  private static final String CHUNKED = "\r\nTransfer-Encoding: chunked\r\n";

  private final SocketChannel channel;
  private final InputStream in;

  private LeadersAnswer(SocketChannel channel, byte[] first, boolean chunked) {
    this.channel = channel;
    InputStream all =
        new BufferedInputStream(
            new SequenceInputStream(
                new ByteArrayInputStream(first), Channels.newInputStream(channel)));
    this.in = chunked ? new ChunkedInput(all) : all;
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
      Map<String, String> more = new HashMap<>();
      passOn(Admin.CODE_HEADER, CODE.matcher(head.group()), more);
      passOn(Response.RETRY_AFTER, LATER.matcher(head.group()), more);
      passOn(Admin.ENDED_HEADER, ENDED.matcher(head.group()), more);
      byte[] first = Arrays.copyOfRange(in, end + 4, length);
      answered = true;
      return new Response(
              Integer.parseInt(head.group(1)),
              head.group(2),
              bytes.find() ? Long.parseLong(bytes.group(1)) : -1,
              new LeadersAnswer(channel, first, head.group().contains(CHUNKED)))
          .with(more);
    } finally {
      if (!answered) {
        channel.close();
      }
    }
  }

  private static String text(byte[] in, int length) {
    return new String(in, 0, length, ISO_8859_1);
  }

  private static void passOn(String header, Matcher found, Map<String, String> headers) {
    if (found.find()) {
      headers.put(header, found.group(1));
    }
  }

  @Override
  public byte @Nullable [] next() throws IOException {
    byte[] portion = new byte[PORTION_BYTES];
    try {
      int count = in.read(portion);
      return count < 0 ? null : Arrays.copyOf(portion, count);
    } catch (EOFException e) {
      throw new IOException("the leader cut its answer off", e);
    }
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
