package io.ppmq.wire;

import io.ppmq.broker.request.ErrorCode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of a connection into values, wherever the stream was split, and reports each as
 * soon as it is complete. For the thread of its {@link ValueParser} and {@link InputBudget}.
 *
 * <p>Between two values it keeps nothing. It keeps the bytes of an unfinished value, and passes the
 * array on with the request; a value that is complete in one chunk is copied once. A value that is
 * refused before its end is skipped and not kept. Before a read, ask {@link #room} for the number
 * of bytes that the decoder can keep.
 */
public final class Decoder {
  private static final byte[] NOTHING = {};
  private static final int ARRAY_BYTES_MIN = 512;

  private final ValueParser parser;
  private final InputBudget budget;
  private final Sink sink;
  private final ValueScanner scanner = new ValueScanner();

  /** The bytes so far of the value that has begun, {@link #keptLength} of them. */
  private byte[] kept = NOTHING;

  private int keptLength;
  private @Nullable SkippedValue skipped;

  /** The number of processed bytes of the connection. */
  private long offset;

  private boolean broken;

  /**
   * The bytes that {@link InputBudget} has counted for this decoder, and when it last saw progress.
   */
  int pooledBytes;

  /** Whether they are in the part for acknowledgements. */
  boolean inAcknowledgingPart;

  /** The share of its user in the room; null before it was needed. */
  InputBudget.@Nullable Share share;

  /** Whether a whole value has arrived. */
  boolean proven;

  long seenOffset = -1;
  long seenAtMillis;

  /** A decoder at the start of a connection. */
  public Decoder(ValueParser parser, InputBudget budget, Sink sink) {
    this.parser = parser;
    this.budget = budget;
    this.sink = sink;
  }

  Sink sink() {
    return sink;
  }

  /** Whether a whole value has arrived. */
  public boolean isProven() {
    return proven;
  }

  /** The number of bytes fed so far. */
  public long offset() {
    return offset;
  }

  /** The number of bytes of the unfinished value so far. */
  int keptLength() {
    return keptLength;
  }

  /** The memory of the unfinished value, in bytes. */
  public int keptBytes() {
    return kept.length;
  }

  /**
   * The most bytes that may be read and fed next. 0: read nothing until {@link Sink#roomAgain} is
   * called.
   */
  public int room() {
    return budget.admit(this, keptLength);
  }

  /**
   * Takes the next bytes of the connection and reports the values that they complete.
   *
   * @param chunk no more bytes than {@link #room} admitted; belongs to the caller again afterwards
   * @return false if the connection is broken: nothing more may be fed
   */
  public boolean feed(byte[] chunk, int from, int to) {
    int at = from;
    while (at < to && !broken) {
      int next = skipped == null ? read(chunk, at, to) : skip(skipped, chunk, at, to);
      offset += next - at;
      at = next;
    }
    if (keptLength == 0) {
      budget.release(this);
    }
    return !broken;
  }

  /** Reports a value that the end of the connection has cut off. {@link #close} must follow. */
  public void end() {
    end(ErrorCode.MALFORMED, "cut off within a value");
  }

  /** Reports the unfinished value as too slow, after {@link Sink#stalled}. */
  public void endStalled() {
    end(ErrorCode.UNAVAILABLE, "an incomplete value arrives too slowly while others wait");
  }

  private void end(ErrorCode code, String reason) {
    SkippedValue refused = skipped;
    if (refused != null && !broken) {
      answer(refused);
    } else if (keptLength > 0 && !broken) {
      fail(offset, code, reason, confirmIn(NOTHING, 0, 0));
    }
  }

  /** Gives back all room; nothing more may be fed. */
  public void close() {
    forget();
    skipped = null;
    broken = true;
    budget.remove(this);
  }

  /** Reads to the end of a value or of the chunk; returns the index after the last byte read. */
  private int read(byte[] chunk, int from, int to) {
    int start = from;
    if (keptLength == 0) {
      start = valueStart(chunk, from, to);
      if (start == to || broken) {
        return start;
      }
      scanner.begin();
    }
    int end = scanner.scan(chunk, start, to);
    long valueOffset = offset + (start - from) - keptLength;
    int bytesMax = parser.limits().valueBytesMax();
    if ((long) keptLength + end - start > bytesMax) {
      refuse(
          valueOffset + bytesMax,
          ErrorCode.TOO_LARGE,
          "a value longer than " + bytesMax + " bytes");
      return start;
    }
    switch (scanner.state()) {
      case OPEN -> keep(chunk, start, end);
      case COMPLETE -> complete(chunk, start, end, valueOffset);
      case TOO_DEEP -> {
        long bracketOffset = valueOffset + keptLength + end - 1 - start;
        refuse(
            bracketOffset,
            ErrorCode.MALFORMED,
            "nested deeper than " + Limits.DEPTH_MAX + " levels");
        return start;
      }
      case BROKEN -> {
        long flawOffset = valueOffset + keptLength + end - 1 - start;
        fail(flawOffset, ErrorCode.MALFORMED, scanner.flaw(), confirmIn(chunk, start, end - 1));
      }
    }
    return end;
  }

  private int valueStart(byte[] chunk, int from, int to) {
    int start = from;
    while (start < to && ValueScanner.isWhiteSpace(chunk[start])) {
      start++;
    }
    if (start < to && chunk[start] != '{') {
      fail(offset + (start - from), ErrorCode.MALFORMED, "a value must be a JSON object", null);
    }
    return start;
  }

  private void keep(byte[] chunk, int from, int to) {
    int needed = keptLength + to - from;
    if (needed > kept.length) {
      long doubled = Math.max(2L * kept.length, ARRAY_BYTES_MIN);
      int most = InputBudget.arrayBytesMax(needed, parser.limits().valueBytesMax());
      kept = Arrays.copyOf(kept, (int) Math.min(most, Math.max(needed, doubled)));
      budget.keep(this, kept.length);
    }
    System.arraycopy(chunk, from, kept, keptLength, to - from);
    keptLength = needed;
  }

  /** The value ends within the chunk: the request gets its array. */
  private void complete(byte[] chunk, int from, int to, long valueOffset) {
    int length = keptLength + to - from;
    byte[] value = length > kept.length ? Arrays.copyOf(kept, length) : kept;
    System.arraycopy(chunk, from, value, keptLength, to - from);
    forget();
    proven = true;
    if (scanner.mayHoldNonAscii()) {
      int flaw = Utf8.firstBroken(value, 0, length);
      if (flaw >= 0) {
        String confirm = SkippedValue.confirmIn(value, 0, length, parser);
        sink.refused(new Refusal(valueOffset + flaw, ErrorCode.MALFORMED, "broken UTF-8", confirm));
        return;
      }
    }
    if (!parser.parse(value, 0, length, valueOffset, sink)) {
      broken = true;
    }
  }

  /** Begins to skip the unfinished value; its bytes in the chunk are skipped next. */
  private void refuse(long at, ErrorCode code, String reason) {
    SkippedValue value = new SkippedValue(at, code, reason);
    value.skip(kept, 0, keptLength);
    forget();
    skipped = value;
    sink.refused(new Refusal(at, code, reason, null));
  }

  private int skip(SkippedValue value, byte[] chunk, int from, int to) {
    int end = value.skip(chunk, from, to);
    if (end < 0) {
      return to;
    }
    answer(value);
    return end;
  }

  /** Answers a value that was refused before its end; nothing more of it comes. */
  private void answer(SkippedValue refused) {
    skipped = null;
    Refusal refusal = refused.refusal(parser);
    if (refusal.confirm() != null) {
      sink.skipped(refusal);
    }
  }

  private void fail(long at, ErrorCode code, String reason, @Nullable String confirm) {
    forget();
    broken = true;
    sink.broken(new Refusal(at, code, reason, confirm));
  }

  /** The confirm in the kept bytes and in the chunk's part of the same value. */
  private @Nullable String confirmIn(byte[] chunk, int from, int to) {
    SkippedValue value = new SkippedValue(0, ErrorCode.MALFORMED, "");
    value.skip(kept, 0, keptLength);
    value.skip(chunk, from, to);
    return value.refusal(parser).confirm();
  }

  private void forget() {
    kept = NOTHING;
    keptLength = 0;
  }
}
