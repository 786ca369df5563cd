package io.ppmq.client;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into JSON objects, however the bytes arrive. A payload may hold a line
 * break, so the cut is where the braces close, not where a line ends; each byte is looked at once.
 * {@link JsonReader} reads the text between the braces. Holds one value at a time, at most {@code
 * valueBytesMax} long. For one thread.
 */
final class ValueFramer {
  private static final int BUFFER_BYTES_MIN = 8 << 10;

  /** A larger read would make the JDK keep a native buffer as large for the thread. */
  private static final int READ_BYTES_MAX = 64 << 10;

  private final int valueBytesMax;
  private byte[] buffer = new byte[BUFFER_BYTES_MIN];

  /** The value in the making lies between {@code begin} and {@code filled}, seen to {@code at}. */
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
   * Reads once, after {@link #next} has returned null.
   *
   * @return how many bytes came, as {@link ReadableByteChannel#read} has it: -1 at the end
   * @throws ProtocolException when the value in the making is longer than allowed
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
   * The next value that is there whole, or null when there is none. The reader looks into the
   * framer's own buffer: it is good until the next {@link #read}.
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

  /** Most bytes lie within strings: to the end of this one, or of the bytes so far. */
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
      buffer = new byte[BUFFER_BYTES_MIN]; // a large value is past: give its memory back
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
