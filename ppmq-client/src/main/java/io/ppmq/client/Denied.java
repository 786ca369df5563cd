package io.ppmq.client;

/**
 * The user of this connection lacks permission: a rule of the configuration, {@code Publishers} or
 * {@code User}, names other users. Code {@code denied}.
 */
public final class Denied extends Refused {
  private static final long serialVersionUID = 1;

  Denied(String code, String reason) {
    super(code, reason);
  }
}
