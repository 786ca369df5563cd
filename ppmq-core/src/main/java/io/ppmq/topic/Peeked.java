package io.ppmq.topic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a peek has found.
 *
 * @param messages in the order of delivery
 * @param end why there are not more of them
 */
public record Peeked(List<PeekedMessage> messages, End end) {

  /** Why a list of messages ends. */
  public enum End {
    /** There are no more. */
    ALL(null),
    /** It has as many as were asked for. */
    MAX(null),
    /** It has {@link PeekFilter#PAYLOAD_BYTES_MAX} of payloads, and there is another message. */
    BYTES("bytes"),
    /** {@link PeekFilter#looksMax} messages of a priority were read, and there are others. */
    LOOKS("looks");

    private final @Nullable String word;

    End(@Nullable String word) {
      this.word = word;
    }

    /** The word for a bound that the caller did not choose; null for an end that is no surprise. */
    public @Nullable String word() {
      return word;
    }

    static End of(boolean isMax, boolean isFull, boolean looksEnded) {
      if (isMax) {
        return MAX;
      }
      if (isFull) {
        return BYTES;
      }
      return looksEnded ? LOOKS : ALL;
    }
  }
}
