package io.ppmq.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The value went out whole and no confirm came back: the connection broke, the time ran out, or the
 * broker answered that it does not know. It may or may not have been carried out, or be so later.
 * Sending it again is safe where a second copy does no harm: acknowledgements, RECONNECT, messages
 * whose reader recognises copies, and messages with a key on a topic with dedupe.
 *
 * <p>Any other {@link IOException} of this package means that the value did not reach the broker
 * whole, so that nothing was carried out; {@link java.net.ConnectException} that the broker could
 * not be reached at all.
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
