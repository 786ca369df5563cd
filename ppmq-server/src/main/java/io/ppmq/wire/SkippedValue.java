package io.ppmq.wire;

import io.ppmq.broker.request.ErrorCode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A value that was refused before its end. It is fed the rest of the value's bytes and keeps only
 * the confirm string, since the producer may wait for the answer. It follows only depth and
 * strings, and reports no errors.
 */
final class SkippedValue {
  private static final byte[] NOTHING = {};
  private static final String CONFIRM = "confirm";

  /**
   * The longest confirm kept, in bytes of JSON with its quotes. The budget does not count the bytes
   * that skipped values keep, so they must be few; a confirm that exceeds this only because of its
   * escapes gets no answer.
   */
  private static final int CONFIRM_JSON_BYTES_MAX = Limits.NAME_BYTES_MAX + 2;

  private enum Part {
    NAME,
    CONFIRM,
    OTHER
  }

  private final long offset;
  private final ErrorCode code;
  private final String reason;
  private long depth;
  private boolean inString;
  private boolean escaped;

  /** The meaning of a string that would begin now. */
  private Part next = Part.OTHER;

  /** The present string with its quotes, if it is a name or a confirm. */
  private byte[] kept = NOTHING;

  private int keptLength;
  private boolean keeping;
  private byte @Nullable [] confirm;

  /**
   * A value about to be skipped.
   *
   * @param offset the position of the fault, for {@link #refusal}
   */
  SkippedValue(long offset, ErrorCode code, String reason) {
    this.offset = offset;
    this.code = code;
    this.reason = reason;
  }

  /** The confirm string in a value or its beginning; null if there is none. */
  static @Nullable String confirmIn(byte[] array, int from, int to, ValueParser parser) {
    SkippedValue value = new SkippedValue(0, ErrorCode.MALFORMED, "");
    value.skip(array, from, to);
    return value.confirm(parser);
  }

  /**
   * Skips the bytes from {@code from} as far as they belong to the value.
   *
   * @return the index after the value; -1 if it continues
   */
  int skip(byte[] array, int from, int to) {
    for (int i = from; i < to; i++) {
      byte b = array[i];
      if (inString) {
        string(b);
      } else if (structure(b)) {
        return i + 1;
      }
    }
    return -1;
  }

  private void string(byte b) {
    if (keeping) {
      keep(b);
    }
    if (escaped) {
      escaped = false;
    } else if (b == '\\') {
      escaped = true;
    } else if (b == '"') {
      inString = false;
      stringEnded();
    }
  }

  /** Whether {@code b} ends the value. */
  private boolean structure(byte b) {
    switch (b) {
      case '"' -> {
        inString = true;
        keeping = depth == 1 && next != Part.OTHER;
        if (keeping) {
          keptLength = 0;
          keep(b);
        }
      }
      case '{', '[' -> next = ++depth == 1 ? Part.NAME : Part.OTHER;
      case '}', ']' -> {
        next = Part.OTHER;
        return --depth == 0;
      }
      case ',' -> next = depth == 1 ? Part.NAME : Part.OTHER;
      default -> {}
    }
    return false;
  }

  private void stringEnded() {
    if (depth != 1) {
      return;
    }
    if (next == Part.NAME) {
      boolean confirms = keeping && Names.match(kept, 1, keptLength - 1, CONFIRM);
      next = confirms ? Part.CONFIRM : Part.OTHER;
    } else if (next == Part.CONFIRM) {
      confirm = keeping ? Arrays.copyOf(kept, keptLength) : null;
      kept = NOTHING;
      next = Part.OTHER;
    }
  }

  private void keep(byte b) {
    int max = next == Part.NAME ? CONFIRM.length() + 2 : CONFIRM_JSON_BYTES_MAX;
    if (keptLength == max) {
      keeping = false;
      return;
    }
    if (keptLength == kept.length) {
      kept = Arrays.copyOf(kept, Math.max(16, Math.min(2 * keptLength, CONFIRM_JSON_BYTES_MAX)));
    }
    kept[keptLength++] = b;
  }

  /** The refusal, with the confirm if one was found. */
  Refusal refusal(ValueParser parser) {
    return new Refusal(offset, code, reason, confirm(parser));
  }

  private @Nullable String confirm(ValueParser parser) {
    return confirm == null ? null : parser.confirm(confirm);
  }
}
