package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.message.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads a payload that did not arrive within a value of the wire, by the rules of the wire: what a
 * producer could not send, nobody else can store.
 */
public final class PayloadText {
  private static final JsonFactory FACTORY = ValueParser.newFactory();
  private static final byte[] BEFORE = "{\"Messages\":[{\"Payload\":".getBytes(UTF_8);
  private static final byte[] AFTER = "}]}".getBytes(UTF_8);

  /** The tokens up to the payload, with its first one. */
  private static final int TOKENS_BEFORE = 6;

  private static final String BYTE_ORDER_MARK = "\ufeff";

  private PayloadText() {}

  /**
   * The one JSON value in {@code text} as a producer's payload is stored: on one line.
   *
   * @throws RefusedException if the text is not exactly one JSON value
   */
  public static Bytes read(Bytes text) throws RefusedException {
    byte[] value =
        ByteBuffer.allocate(BEFORE.length + text.length() + AFTER.length)
            .put(BEFORE)
            .put(text.array(), text.offset(), text.length())
            .put(AFTER)
            .array();
    int from = BEFORE.length;
    int to = from + text.length();
    if (Utf8.firstBroken(value, from, to) >= 0) {
      throw refused("the payload is not UTF-8");
    }
    if (text.text().startsWith(BYTE_ORDER_MARK)) {
      throw refused("the payload begins with a byte order mark, which is not JSON");
    }
    // The library refuses names with half a surrogate pair, which the wire takes.
    byte[] taken = Escapes.withoutLoneSurrogates(value, from, to);
    try {
      requireOne(taken, from, to);
      requireDepth(value);
      return json(taken, value);
    } catch (JsonProcessingException e) {
      throw refused("the payload is not JSON");
    } catch (IOException e) {
      throw new AssertionError("an array cannot fail to be read", e);
    }
  }

  /** Without this, text such as {@code 1,"Key":2} would pass as the end of the message. */
  private static void requireOne(byte[] array, int from, int to)
      throws IOException, RefusedException {
    try (JsonParser parser = FACTORY.createParser(array, from, to - from)) {
      if (parser.nextToken() == null) {
        throw refused("the payload holds no JSON value");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw refused("the payload is more than one JSON value");
      }
    }
  }

  private static void requireDepth(byte[] value) throws RefusedException {
    ValueScanner scanner = new ValueScanner();
    scanner.begin();
    scanner.scan(value, 0, value.length);
    if (scanner.state() == ValueScanner.State.TOO_DEEP) {
      throw refused(
          "the payload is nested too deep: with the value around it, more than "
              + Limits.DEPTH_MAX
              + " levels");
    }
  }

  private static Bytes json(byte[] taken, byte[] value) throws IOException {
    try (JsonParser parser = FACTORY.createParser(taken)) {
      ValueCursor cursor = new ValueCursor(parser, value, 0);
      for (int i = 0; i < TOKENS_BEFORE; i++) {
        cursor.next();
      }
      return cursor.json();
    }
  }

  private static RefusedException refused(String sentence) {
    return new RefusedException(ErrorCode.MALFORMED, sentence);
  }
}
