package io.ppmq.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a stream, one at a time, as UTF-8; the last one needs no line feed. A carriage
 * return before the line feed belongs to the line's end. An unreadable line throws {@link
 * UncheckedIOException} with a sentence that names the line.
 */
final class Lines implements Iterator<String> {
  private static final int CHUNK_BYTES = 64 << 10;

  private final InputStream in;
  private final int lineBytesMax;
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private int at;
  private int end;
  private long number;
  private @Nullable String next;

  Lines(InputStream in, int lineBytesMax) {
    this.in = in;
    this.lineBytesMax = lineBytesMax;
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      try {
        next = read();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return next != null;
  }

  @Override
  public String next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException("there are no more lines");
    }
    String line = next;
    next = null;
    return line;
  }

  private @Nullable String read() throws IOException {
    if (at == end && !fill()) {
      return null;
    }
    number++;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean more = true;
    while (more) {
      int feed = at;
      while (feed < end && chunk[feed] != '\n') {
        feed++;
      }
      line.write(chunk, at, feed - at);
      if (line.size() > lineBytesMax) {
        throw new IOException(
            "line " + number + " is longer than MaxMessageBytes, " + lineBytesMax);
      }
      more = feed == end;
      at = more ? end : feed + 1;
      more = more && fill();
    }
    return decode(line.toByteArray());
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(chunk));
    return end > 0;
  }

  private String decode(byte[] line) throws IOException {
    int length = line.length;
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(line, 0, length)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException("line " + number + " is not UTF-8", e);
    }
  }
}
