package io.ppmq.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The value was sent completely and no confirm came back: the connection broke, the time ran out,
 * or the broker answered that it does not know the outcome. The value may have been carried out, or
 * may be later. Sending it again is safe where a second copy does no harm: acknowledgements,
 * RECONNECT, messages whose reader recognises copies, and messages with a key on a topic with
 * dedupe.
 *
 * <p>Any other {@link IOException} of this package means that the value did not reach the broker
 * completely, so nothing was carried out; {@link java.net.ConnectException} means that the broker
 * could not be reached at all.
 */
public final class Unconfirmed extends IOException {
  private static final long serialVersionUID = 1;

  static final String CODE = "in-doubt";

  Unconfirmed(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }

  /** Its code in PROTOCOL.md: always {@code in-doubt}. */
  public String code() {
    return CODE;
  }
}
