package io.ppmq.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection, for one request.
 *
 * <pre>
 *   READING ──request──▶ ANSWERING ──portion──▶ WRITING ──end──▶ LINGERING ──▶ closed
 *      │                     ▲                     │ taken
 *      └──refused──▶ WRITING └─────────────────────┘
 * </pre>
 *
 * Owned by the server's thread, except while ANSWERING: then by a worker.
 */
final class HttpConnection {
  /** The most bytes of the request line and headers. */
  static final int HEAD_BYTES_MAX = 16 << 10;

  /** The most bytes of a request body, which is skipped and has no effect. */
  static final int BODY_BYTES_MAX = 64 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
  private static final int HEAD_BYTES_FIRST = 1 << 10;

  /** The state; connections in earlier ones lose their places first. */
  enum State {
    LINGERING,
    READING,
    WRITING,
    ANSWERING
  }

  /** The time from the connection to the end of the request. */
  private static final long READ_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** The time without progress while an answer is written. */
  private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** The time from the beginning of the answer to its end. */
  private static final long WRITE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /**
   * The time for the peer to read the end of the answer, before the bytes that it still sends break
   * the connection.
   */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final SocketChannel channel;
  private final SelectionKey key;
  private final Peer peer;
  private final Handler handler;
  private State state = State.READING;
  private ByteBuffer in = ByteBuffer.allocate(HEAD_BYTES_FIRST);
  private int scanned;
  private long bodyBytesLeft;
  private @Nullable Request request;
  private @Nullable Body body;
  private ByteBuffer[] out = {};
  private boolean chunked;
  private boolean last;
  private boolean broken;
  private long movedNanos;
  private long deadlineNanos;
  private long answerEndNanos;

  /** Takes over the channel, and closes it in {@link #close}. */
  HttpConnection(
      SocketChannel channel, Peer peer, Handler handler, Selector selector, long nowNanos)
      throws IOException {
    this.channel = channel;
    this.handler = handler;
    this.peer = peer;
    this.movedNanos = nowNanos;
    this.deadlineNanos = nowNanos + READ_NANOS;
    channel.configureBlocking(false);
    this.key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  Peer peer() {
    return peer;
  }

  /** Whether a worker has it. */
  boolean isAnswering() {
    return state == State.ANSWERING;
  }

  State state() {
    return state;
  }

  /** When a byte last went anywhere. */
  long movedNanos() {
    return movedNanos;
  }

  /** The time left in the present state. */
  long nanosLeft(long nowNanos) {
    return isAnswering() ? Long.MAX_VALUE : deadlineNanos - nowNanos;
  }

  // ---- on the server's thread -----------------------------------------------------------------

  /**
   * Moves what can be moved now.
   *
   * @return false if the connection is done; the caller then closes it
   */
  boolean move(long nowNanos) throws IOException {
    return switch (state) {
      case READING -> read(nowNanos);
      case WRITING -> write(nowNanos);
      case LINGERING -> linger();
      case ANSWERING -> true;
    };
  }

  private boolean read(long nowNanos) throws IOException {
    int count = channel.read(in);
    if (count < 0) {
      return false;
    }
    if (count > 0) {
      movedNanos = nowNanos;
    }
    try {
      if (request == null && !readHead()) {
        return true;
      }
      bodyBytesLeft -= in.position();
      in.clear();
      if (bodyBytesLeft <= 0) {
        in = ByteBuffer.allocate(0);
        answer();
      }
      return true;
    } catch (BadRequest e) {
      return refuse(e.status(), e.sentence(), nowNanos);
    }
  }

  /** Whether the head is complete; the bytes after it stay in the buffer. */
  private boolean readHead() throws BadRequest {
    int end = headEnd();
    if (end < 0) {
      if (!in.hasRemaining()) {
        grow();
      }
      return false;
    }
    Request parsed = Request.parse(new String(in.array(), 0, end, ISO_8859_1));
    if (parsed.bodyBytes() > BODY_BYTES_MAX) {
      throw new BadRequest(413, "the body of a request has at most " + BODY_BYTES_MAX + " bytes");
    }
    request = parsed;
    bodyBytesLeft = parsed.bodyBytes();
    in.flip().position(end);
    in.compact();
    return true;
  }

  /**
   * The position after the empty line, which may end with a line feed alone; -1 if it has not
   * arrived yet.
   */
  private int headEnd() {
    for (; scanned < in.position(); scanned++) {
      if (in.get(scanned) == '\n'
          && scanned > 0
          && (in.get(scanned - 1) == '\n'
              || (scanned > 1 && in.get(scanned - 1) == '\r' && in.get(scanned - 2) == '\n'))) {
        return scanned + 1;
      }
    }
    return -1;
  }

  private void grow() throws BadRequest {
    if (in.capacity() >= HEAD_BYTES_MAX) {
      throw new BadRequest(
          431, "the head of the request has more than " + HEAD_BYTES_MAX + " bytes");
    }
    in = ByteBuffer.allocate(in.capacity() * 4).put(in.flip());
  }

  /** Answers with the error of the request, and ends. */
  private boolean refuse(int status, String sentence, long nowNanos) throws IOException {
    Response refusal = Response.sentence(status, sentence);
    begin(refusal, true);
    portion(requireNonNull(refusal.body().next()));
    last = true;
    return answered(nowNanos);
  }

  /** Ends a connection that takes too long; with an answer if a request has begun. */
  boolean endOverdue(long nowNanos) throws IOException {
    return state == State.READING
        && (in.position() > 0 || request != null)
        && refuse(408, "the request was not complete in time", nowNanos);
  }

  private void answer() {
    state = State.ANSWERING;
    key.interestOps(0);
  }

  /** Writes the portion that a worker has made; false if the connection is done. */
  boolean answered(long nowNanos) throws IOException {
    if (broken) {
      return false;
    }
    if (answerEndNanos == 0) {
      answerEndNanos = nowNanos + WRITE_NANOS;
    }
    state = State.WRITING;
    deadlineNanos = Math.min(nowNanos + STALLED_NANOS, answerEndNanos);
    return write(nowNanos);
  }

  private boolean write(long nowNanos) throws IOException {
    if (channel.write(out) > 0) {
      movedNanos = nowNanos;
      deadlineNanos = Math.min(nowNanos + STALLED_NANOS, answerEndNanos);
    }
    if (out.length > 0 && out[out.length - 1].hasRemaining()) {
      key.interestOps(SelectionKey.OP_WRITE);
    } else if (last) {
      channel.shutdownOutput();
      state = State.LINGERING;
      deadlineNanos = nowNanos + LINGER_NANOS;
      in = ByteBuffer.allocate(HEAD_BYTES_FIRST);
      key.interestOps(SelectionKey.OP_READ);
    } else {
      answer();
    }
    return true;
  }

  private boolean linger() throws IOException {
    return channel.read(in.clear()) >= 0;
  }

  void close() {
    try (channel) {
      if (body != null) {
        body.close();
      }
    } catch (IOException e) {
      LOG.debug("a connection did not close: {}", e.getMessage());
    }
  }

  // ---- on a worker ----------------------------------------------------------------------------

  /** Makes the next portion of the answer; does not throw the handler's exceptions. */
  void produce() {
    try {
      Body made = body;
      if (made == null) {
        Request asked = requireNonNull(request);
        Response response = handler.handle(asked);
        made = begin(response, asked.chunks());
        if (asked.head()) {
          last = true;
          return;
        }
      } else {
        out = new ByteBuffer[0];
      }
      byte[] next = made.next();
      if (next != null) {
        portion(next);
      } else {
        end();
      }
    } catch (IOException e) {
      LOG.warn("a request to the admin interface failed: {}", e.getMessage());
      fail();
    } catch (RuntimeException | Error e) {
      LOG.error("a request to the admin interface failed, which is an error in ppMQ", e);
      fail();
    }
  }

  private Body begin(Response response, boolean knowsChunks) {
    chunked = response.length() < 0 && knowsChunks;
    body = response.body();
    out = new ByteBuffer[] {ByteBuffer.wrap(response.head(chunked).getBytes(ISO_8859_1))};
    return response.body();
  }

  private void portion(byte[] bytes) {
    ByteBuffer portion = ByteBuffer.wrap(bytes);
    if (chunked) {
      String size = Integer.toHexString(bytes.length) + "\r\n";
      add(ascii(size), portion, ascii("\r\n"));
    } else {
      add(portion);
    }
  }

  private void end() {
    last = true;
    if (chunked) {
      add(ascii("0\r\n\r\n"));
    }
  }

  /** Answers with an error if nothing was sent yet; otherwise cuts the answer off. */
  private void fail() {
    if (body != null) {
      broken = true;
      return;
    }
    Response failure =
        Response.sentence(500, "the request failed; the broker's log has the reason");
    Body sentence = begin(failure, true);
    try {
      portion(requireNonNull(sentence.next()));
    } catch (IOException e) {
      throw new IllegalStateException("a sentence that is at hand", e);
    }
    last = true;
  }

  private void add(ByteBuffer... more) {
    ByteBuffer[] all = new ByteBuffer[out.length + more.length];
    System.arraycopy(out, 0, all, 0, out.length);
    System.arraycopy(more, 0, all, out.length, more.length);
    out = all;
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }
}
