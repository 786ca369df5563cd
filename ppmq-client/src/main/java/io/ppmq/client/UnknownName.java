package io.ppmq.client;

/**
 * The configuration has no such topic or subscriber, or the subscriber does not belong to the
 * topic. Codes {@code unknown-topic}, {@code unknown-subscriber} and {@code not-of-topic}.
 */
public final class UnknownName extends Refused {
  private static final long serialVersionUID = 1;

  UnknownName(String code, String reason) {
    super(code, reason);
  }
}
