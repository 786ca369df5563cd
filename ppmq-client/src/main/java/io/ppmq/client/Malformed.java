package io.ppmq.client;

/**
 * The value itself is wrong: a field, a time, or its size. Codes {@code malformed} and {@code
 * too-large}.
 */
public final class Malformed extends Refused {
  private static final long serialVersionUID = 1;

  Malformed(String code, String reason) {
    super(code, reason);
  }
}
