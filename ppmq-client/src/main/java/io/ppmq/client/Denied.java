package io.ppmq.client;

/**
 * The user of this connection may not do it: a rule of the configuration, {@code Publishers} or
 * {@code User}, names others. Code {@code denied}.
 */
public final class Denied extends Refused {
  private static final long serialVersionUID = 1;

  Denied(String code, String reason) {
    super(code, reason);
  }
}
