package io.ppmq.cli.option;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.admin.Admin;
import io.ppmq.admin.ChunkedInput;
import io.ppmq.admin.Token;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.config.Address;
import io.ppmq.config.Config;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks the admin interface of a broker: one request of HTTP/1.1 per connection, no more. */
public final class AdminClient {
  private static final long TIMEOUT_MILLIS = 20_000;
  private static final int ANSWER_BYTES_MAX = 48 << 20;
  private static final int CHUNK_BYTES = 16 << 10;
  private static final long CHANGE_MILLIS = 65_000;
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int UNPROCESSABLE = 422;
  private static final byte[] HEAD_END = "\r\n\r\n".getBytes(US_ASCII);
  private static final Pattern CHUNKED = Pattern.compile("(?i)\r\ntransfer-encoding: *chunked");
  private static final Pattern LATER = Pattern.compile("(?i)\r\n" + Admin.LATER_HEADER + ": *\\d");
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d{1,18})");

  private static final long AGAIN_MILLIS = 100;
  private static final String TOKEN = "PPMQ_TOKEN";

  private final Address address;
  private final @Nullable String token;
  private final @Nullable Path tokenFile;

  /** For an interface without a token. */
  public AdminClient(Address address) {
    this(address, null, null);
  }

  private AdminClient(Address address, @Nullable String token, @Nullable Path tokenFile) {
    this.address = address;
    this.token = token;
    this.tokenFile = tokenFile;
  }

  /**
   * For the interface of a broker with this configuration. On a TCP port requests need a token: the
   * one in $PPMQ_TOKEN, or the one in the broker's file, if this user may read it.
   */
  public static AdminClient of(Address address, Config config, Map<String, String> env) {
    if (address instanceof Address.Unix) {
      return new AdminClient(address);
    }
    String given = env.get(TOKEN);
    Path file = config.tokenFile();
    String token = given != null ? given : file == null ? null : Token.read(file);
    return new AdminClient(address, token, file);
  }

  /**
   * The body of the answer.
   *
   * @param path path and query, encoded
   * @throws Failure if the broker refuses, with the broker's sentence
   * @throws ConnectException if the broker cannot be reached
   */
  public byte[] get(String path) throws IOException, Failure {
    return getAnswer(path).body();
  }

  /** As {@link #get}, with the headers of the answer. */
  public Answer getAnswer(String path) throws IOException, Failure {
    return ask("GET", path, TIMEOUT_MILLIS);
  }

  /** An answer to a request that was carried out. */
  public static final class Answer {
    private final String head;
    private final byte[] body;

    private Answer(String head, byte[] body) {
      this.head = head;
      this.body = body;
    }

    /** The body, not a copy. */
    public byte[] body() {
      return body;
    }

    /** The value of a header, if it is a word; null without one. */
    public @Nullable String word(String header) {
      return AdminClient.word(head, header);
    }
  }

  private static @Nullable String word(String head, String header) {
    Matcher found = Pattern.compile("(?i)\r\n" + header + ": *([a-z-]+)").matcher(head);
    return found.find() ? found.group(1) : null;
  }

  /**
   * Waits for the admin interface of a broker that was started a moment ago, at most this long. If
   * it does not listen then, the next request reports that.
   */
  public void awaitListening(long millis) throws IOException, InterruptedException {
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() - endNanos < 0) {
      try {
        connect().close();
        return;
      } catch (ConnectException notYet) {
        Thread.sleep(AGAIN_MILLIS);
      }
    }
  }

  /**
   * The body of the answer to a request that changes something. The broker may send nothing for a
   * minute; a change that takes longer sends white space meanwhile.
   */
  public byte[] post(String path) throws IOException, Failure {
    return post(path, CHANGE_MILLIS);
  }

  /** As {@link #post(String)}, but the broker may send nothing for that long. */
  byte[] post(String path, long silenceMillis) throws IOException, Failure {
    return ask("POST", path, silenceMillis).body();
  }

  /** Asks again while the broker is busy with others who read as much. */
  private Answer ask(String method, String path, long timeoutMillis) throws IOException, Failure {
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (true) {
      byte[] answer = answer(method, path, timeoutMillis);
      if (!isForLater(answer) || System.nanoTime() - endNanos >= 0) {
        return accepted(answer);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(AGAIN_MILLIS));
      if (Thread.currentThread().isInterrupted()) { // it would not park again
        throw new InterruptedIOException("interrupted while the broker was busy");
      }
    }
  }

  private static boolean isForLater(byte[] answer) {
    int headBytes = Math.max(0, indexOf(answer, HEAD_END, 0));
    return LATER.matcher(new String(answer, 0, headBytes, US_ASCII)).find();
  }

  private byte[] answer(String method, String path, long timeoutMillis) throws IOException {
    String length = method.equals("POST") ? "Content-Length: 0\r\n" : "";
    String authorization = token == null ? "" : "Authorization: " + Token.header(token) + "\r\n";
    String request =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\n"
            + length
            + authorization
            + "Connection: close\r\n\r\n";
    try (SocketChannel channel = connect();
        Selector selector = Selector.open()) {
      ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(US_ASCII));
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes); // far less than any socket's buffer
        }
      } catch (IOException e) {
        throw gone();
      }
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      return read(channel, selector, timeoutMillis);
    }
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel =
        address instanceof Address.Unix
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    try {
      channel.connect(address.socketAddress());
      return channel;
    } catch (IOException e) {
      channel.close();
      ConnectException unreachable =
          new ConnectException(
              "the admin interface at " + address + " is not reachable: " + e.getMessage());
      unreachable.initCause(e);
      throw Advice.added(unreachable, address);
    }
  }

  /** Reads until the end; gives up when nothing has arrived for that long. */
  private byte[] read(SocketChannel channel, Selector selector, long timeoutMillis)
      throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    int count = 0;
    while (count >= 0) {
      answer.write(chunk.array(), 0, chunk.position());
      chunk.clear();
      if (answer.size() > ANSWER_BYTES_MAX) {
        throw new ProtocolException("the answer of " + address + " is too long");
      }
      long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
      if (leftMillis <= 0) {
        throw new SocketTimeoutException(address + " did not answer in time");
      }
      selector.select(leftMillis);
      selector.selectedKeys().clear();
      count = readOrEnd(channel, chunk);
      if (count > 0) {
        deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
      }
    }
    return answer.toByteArray();
  }

  /**
   * A broken connection counts as ended: the reader of the answer notices that a part is missing.
   */
  private static int readOrEnd(SocketChannel channel, ByteBuffer chunk) {
    try {
      return channel.read(chunk);
    } catch (IOException e) {
      return -1;
    }
  }

  private Answer accepted(byte[] answer) throws IOException, Failure {
    if (answer.length == 0) {
      throw gone();
    }
    int headBytes = indexOf(answer, HEAD_END, 0);
    String head = new String(answer, 0, Math.max(0, headBytes), US_ASCII);
    if (headBytes < 0 || !head.matches("(?s)HTTP/1\\.\\d \\d{3}\\b.*")) {
      throw new ProtocolException(address + " does not speak HTTP");
    }
    int status = Integer.parseInt(head.substring(9, 12));
    int from = headBytes + HEAD_END.length;
    byte[] body =
        CHUNKED.matcher(head).find()
            ? unchunked(answer, from)
            : Arrays.copyOfRange(answer, from, answer.length);
    Matcher length = LENGTH.matcher(head);
    if (length.find() && Long.parseLong(length.group(1)) != body.length) {
      throw gone();
    }
    if (status != OK) {
      String sentence = sentence(body);
      if (status == UNPROCESSABLE) {
        throw new Failure(Status.CONFIG, sentence.lines().toList());
      }
      if (status == UNAUTHORIZED && token == null) {
        throw new Failure(Status.FAILED, withoutToken());
      }
      if (sentence.isEmpty()) {
        throw new Failure(Status.FAILED, "the broker answers " + status);
      }
      String code = word(head, Admin.CODE_HEADER);
      String reason = Format.reason(code == null ? "" : code, sentence);
      throw new Failure(Status.FAILED, reason.lines().toList());
    }
    return new Answer(head, body);
  }

  private String withoutToken() {
    String advice =
        tokenFile == null
            ? ": set $" + TOKEN + " to the token in the broker's log"
            : ", which this user cannot read from "
                + tokenFile
                + ": do this as root or as the user of the broker, or set $"
                + TOKEN;
    return "the admin interface at " + address + " needs a token" + advice;
  }

  /** Pages for programs have the sentence in a field. */
  private static String sentence(byte[] body) {
    String text = new String(body, UTF_8).strip();
    try {
      return text.startsWith("{") ? JsonTree.parse(body).text("sentence") : text;
    } catch (IOException e) {
      return text;
    }
  }

  /** The broker ended or cut the answer off; half an answer is not shown. */
  private ConnectException gone() {
    return new ConnectException(
        "the broker closed the connection before its answer was complete (admin interface "
            + address
            + "): it has ended or was too busy; its log says more");
  }

  private byte[] unchunked(byte[] answer, int from) throws IOException {
    InputStream body = new ByteArrayInputStream(answer, from, answer.length - from);
    try (InputStream content = new ChunkedInput(body)) {
      return content.readAllBytes();
    } catch (EOFException e) {
      throw gone();
    } catch (ProtocolException e) {
      throw new ProtocolException(address + " does not speak HTTP");
    }
  }

  private static int indexOf(byte[] bytes, byte[] part, int from) {
    for (int i = from; i + part.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    return -1;
  }
}
