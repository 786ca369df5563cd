package io.ppmq.client;

/**
 * The broker cannot carry out the value now; sending it again later is safe and may succeed. Codes
 * {@code unavailable}, {@code stopping} and {@code disk-full}.
 */
public final class Unavailable extends Refused {
  private static final long serialVersionUID = 1;

  Unavailable(String code, String reason) {
    super(code, reason);
  }

  @Override
  public boolean isFinal() {
    return false;
  }
}
