package io.ppmq.admin;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;

/**
 * The content of an answer that comes in chunks (RFC 9112, section 7.1), without their frames. It
 * ends after the last chunk. Blocks as the stream below it does. One thread.
 */
public final class ChunkedInput extends InputStream {
  private static final int SIZE_DIGITS_MAX = 7;

  private final InputStream in;

  /** The bytes of the present chunk that were not read yet. */
  private int left;

  private boolean ended;

  /** The content of the chunks in {@code in}, which should be buffered. */
  public ChunkedInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  /**
   * {@inheritDoc}
   *
   * @throws EOFException if the stream ends before the last chunk: half a body is not a whole one
   * @throws ProtocolException if there is no chunk
   */
  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (left == 0 && !ended) {
      left = size();
      ended = left == 0;
    }
    if (ended) {
      return -1;
    }
    int count = in.read(bytes, offset, Math.min(length, left));
    if (count < 0) {
      throw new EOFException();
    }
    left -= count;
    if (left == 0) {
      line();
    }
    return count;
  }

  private int size() throws IOException {
    String size = line();
    if (!size.matches("[0-9a-fA-F]{1," + SIZE_DIGITS_MAX + "}")) {
      throw new ProtocolException("a chunk without a size");
    }
    return Integer.parseInt(size, 16);
  }

  /** A line of a frame, without its end. */
  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int read = in.read(); read != '\n'; read = in.read()) {
      if (read < 0) {
        throw new EOFException();
      }
      if (line.length() > SIZE_DIGITS_MAX) {
        throw new ProtocolException("a chunk with a long frame");
      }
      line.append((char) read);
    }
    return line.toString().strip();
  }
}
