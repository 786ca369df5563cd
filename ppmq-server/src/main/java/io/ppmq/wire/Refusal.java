package io.ppmq.wire;

import io.ppmq.broker.request.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a value of a connection was not carried out.
 *
 * @param offset the position of the fault, in bytes from the start of the connection
 * @param code the reason, as a word
 * @param reason the reason, as a sentence; never holds a key or a payload
 * @param confirm the confirm string of the refused value, if it was read; the peer waits for an
 *     answer with it
 */
public record Refusal(long offset, ErrorCode code, String reason, @Nullable String confirm) {
  /** The reason and the place, for the log and for the answer. */
  public String sentence() {
    return reason + " (at byte " + offset + ")";
  }
}
