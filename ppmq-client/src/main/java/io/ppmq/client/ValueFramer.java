package io.ppmq.client;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into JSON objects, however the bytes arrive. A payload may hold a line
 * break, so a value ends where its braces close, not where a line ends. Each byte is examined once.
 * {@link JsonReader} reads the text between the braces. Holds one value at a time, at most {@code
 * valueBytesMax} long. For one thread.
 */
final class ValueFramer {
  private static final int BUFFER_BYTES_MIN = 8 << 10;

  /** The bound on one read: for a larger read the JDK would keep an equally large native buffer. */
  private static final int READ_BYTES_MAX = 64 << 10;

  private final int valueBytesMax;
  private byte[] buffer = new byte[BUFFER_BYTES_MIN];

  /**
   * The start of the incomplete value, which ends at {@code filled} and is scanned up to {@code
   * at}.
   */
  private int begin;

  private int at;
  private int filled;
  private int depth;
  private boolean inString;
  private boolean escaped;

  ValueFramer(int valueBytesMax) {
    this.valueBytesMax = valueBytesMax;
  }

  /**
   * Reads once; call it after {@link #next} has returned null.
   *
   * @return the number of bytes read, as {@link ReadableByteChannel#read} returns it: -1 at the end
   * @throws ProtocolException when the incomplete value is longer than allowed
   */
  int read(ReadableByteChannel channel) throws IOException {
    makeRoom();
    int count =
        channel.read(
            ByteBuffer.wrap(buffer, filled, Math.min(READ_BYTES_MAX, buffer.length - filled)));
    filled += Math.max(0, count);
    return count;
  }

  /**
   * The next complete value, or null when there is none. The reader reads from the framer's own
   * buffer and is valid until the next {@link #read}.
   */
  @Nullable JsonReader next() throws ProtocolException {
    while (at < filled) {
      if (inString) {
        passString();
        continue;
      }
      byte c = buffer[at++];
      if (depth == 0) {
        open(c);
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return cut();
      }
    }
    return null;
  }

  /** Skips to the end of the string, or of the bytes so far: most bytes are within strings. */
  private void passString() {
    byte[] bytes = buffer;
    int i = at;
    for (; inString && i < filled; i++) {
      byte c = bytes[i];
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else {
        inString = c != '"';
      }
    }
    at = i;
  }

  /** Whether the bytes so far end within a value. */
  boolean isWithinValue() {
    return depth > 0;
  }

  private void open(byte c) throws ProtocolException {
    if (c == '{') {
      depth = 1;
    } else if (!JsonReader.isSpace(c)) {
      throw new ProtocolException("expected '{' between two values");
    }
    begin = c == '{' ? at - 1 : at;
  }

  private JsonReader cut() throws ProtocolException {
    checkLength(at - begin);
    JsonReader value = new JsonReader(buffer, begin, at);
    begin = at;
    return value;
  }

  private void makeRoom() throws ProtocolException {
    int length = filled - begin;
    checkLength(length);
    if (length == 0 && buffer.length > READ_BYTES_MAX) {
      buffer = new byte[BUFFER_BYTES_MIN]; // a large value is done: free its memory
    } else if (begin > 0) {
      System.arraycopy(buffer, begin, buffer, 0, length);
    }
    at -= begin;
    begin = 0;
    filled = length;
    if (filled == buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.min(valueBytesMax + 1L, 2L * buffer.length));
    }
  }

  private void checkLength(int length) throws ProtocolException {
    if (length > valueBytesMax) {
      throw new ProtocolException("a value of more than " + valueBytesMax + " bytes");
    }
  }
}
