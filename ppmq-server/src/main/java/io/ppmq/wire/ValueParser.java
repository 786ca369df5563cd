package io.ppmq.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.ppmq.broker.request.ErrorCode;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads complete values into {@link Request}s. All connections of a thread share one; for that
 * thread only.
 */
public final class ValueParser {
  /**
   * A factory remembers the field names that it has read, also unknown ones and those inside of
   * payloads. It is replaced after this many bytes, so that its memory is bounded.
   */
  private static final int FACTORY_BYTES_MAX = 1 << 20;

  private final LongSupplier wallMillis;
  private Limits limits;
  private JsonFactory factory = newFactory();
  private long factoryBytes;

  /** A parser that refuses values beyond {@code limits}. */
  public ValueParser(Limits limits) {
    this(limits, System::currentTimeMillis);
  }

  /**
   * A parser that refuses values beyond {@code limits}.
   *
   * @param wallMillis the time of day, in milliseconds since the epoch
   */
  ValueParser(Limits limits, LongSupplier wallMillis) {
    this.limits = limits;
    this.wallMillis = wallMillis;
  }

  /** Refuses values beyond these limits from now on. Called on the thread that parses. */
  public void apply(Limits next) {
    limits = next;
  }

  /**
   * The program checks its own limits elsewhere, with its own messages, so those of the library are
   * lifted.
   */
  static JsonFactory newFactory() {
    StreamReadConstraints unbounded =
        StreamReadConstraints.builder()
            .maxNestingDepth(Limits.DEPTH_MAX + 1)
            .maxNumberLength(Integer.MAX_VALUE)
            .maxStringLength(Integer.MAX_VALUE)
            .maxNameLength(Integer.MAX_VALUE)
            .build();
    return new JsonFactoryBuilder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
        .disable(JsonFactory.Feature.CHARSET_DETECTION)
        .streamReadConstraints(unbounded)
        .build();
  }

  Limits limits() {
    return limits;
  }

  /**
   * Reads the value in {@code array}, and reports it.
   *
   * @param array belongs to the request, whose keys and payloads point into it
   * @param offset the position of the value's first byte in the connection
   * @return false if it is not JSON, and so the connection is broken
   */
  boolean parse(byte[] array, int from, int to, long offset, Sink sink) {
    return parse(array, array, from, to, offset, sink);
  }

  /**
   * Reads it from {@code text}, a copy of {@code array} except for input that the library refuses:
   * names of fields with half a surrogate pair, which may be part of a payload.
   */
  private boolean parse(byte[] text, byte[] array, int from, int to, long offset, Sink sink) {
    try (JsonParser parser = parser(text, from, to)) {
      ValueCursor cursor = new ValueCursor(parser, array, from);
      RequestReader reader = new RequestReader(cursor, limits, wallMillis);
      reader.read();
      Request request = reader.request();
      String reason = cursor.reason();
      if (reason == null) {
        sink.request(request, offset, to - from);
      } else {
        sink.refused(
            new Refusal(
                offset + cursor.reasonIndex(), cursor.code(), reason, reader.refusalConfirm()));
      }
      return true;
    } catch (JsonProcessingException e) {
      if (text == array && Escapes.firstLoneSurrogate(array, from, to) >= 0) {
        byte[] taken = Escapes.withoutLoneSurrogates(array, from, to);
        return parse(taken, array, from, to, offset, sink);
      }
      int at = flawIndex(e, to - from);
      String confirm = SkippedValue.confirmIn(array, from, from + at, this);
      sink.broken(new Refusal(offset + at, ErrorCode.MALFORMED, "not JSON", confirm));
      return false;
    } catch (IOException e) {
      throw new AssertionError("an array cannot fail to be read", e);
    }
  }

  private static int flawIndex(JsonProcessingException e, int length) {
    JsonLocation location = e.getLocation();
    long index = location == null ? 0 : location.getByteOffset();
    return (int) Math.max(0, Math.min(index, length));
  }

  /** The confirm string in {@code json}; null if it is not acceptable. */
  @Nullable String confirm(byte[] json) {
    if (Utf8.firstBroken(json, 0, json.length) >= 0) {
      return null;
    }
    try (JsonParser parser = parser(json, 0, json.length)) {
      ValueCursor cursor = new ValueCursor(parser, json, 0);
      return cursor.next() == JsonToken.VALUE_STRING
          ? cursor.text("Confirm", Limits.NAME_BYTES_MAX)
          : null;
    } catch (IOException e) {
      // The value was refused before: without a confirm there is no answer.
      return null;
    }
  }

  private JsonParser parser(byte[] array, int from, int to) throws IOException {
    int length = to - from;
    factoryBytes += length;
    if (factoryBytes > FACTORY_BYTES_MAX) {
      factory = newFactory();
      factoryBytes = length;
    }
    return factory.createParser(array, from, length);
  }
}
