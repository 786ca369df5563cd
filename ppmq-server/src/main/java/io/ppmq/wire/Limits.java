package io.ppmq.wire;

/**
 * The limits beyond which input is refused.
 *
 * @param messageBytesMax the longest payload: the bytes between the quotes of a string, or the
 *     whole JSON text of any other value
 * @param valueBytesMax the longest JSON value with all its messages, from bracket to bracket
 */
public record Limits(int messageBytesMax, int valueBytesMax) {
  /** The deepest nesting of a value; the value's own brackets are the first level. */
  public static final int DEPTH_MAX = 64;

  /** The longest topic name, subscriber name or confirm string, in bytes of UTF-8. */
  public static final int NAME_BYTES_MAX = 4096;

  /** The most keys in Nacks and Extend together. */
  public static final int NACKS_MAX = 20_000;

  /** The most bytes of all keys in Extend together: an answer may list them all. */
  public static final int EXTEND_BYTES_MAX = 256 << 10;

  /** The part of a Reason that is kept, in bytes of UTF-8. */
  public static final int REASON_BYTES_MAX = 1024;

  /** Refuses limits that nothing could meet. */
  public Limits {
    if (messageBytesMax < 0 || valueBytesMax < 2) {
      throw new IllegalArgumentException(
          "no message fits into %d bytes in a value of %d"
              .formatted(messageBytesMax, valueBytesMax));
    }
  }
}
