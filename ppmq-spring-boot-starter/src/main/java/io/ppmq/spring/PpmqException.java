package io.ppmq.spring;

import io.ppmq.client.Refused;

/** The broker refused a message. */
public final class PpmqException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Refused refused;

  PpmqException(String topic, Refused refused) {
    super("a message to " + topic + " was refused: " + refused.getMessage(), refused);
    this.refused = refused;
  }

  /** Why, with its code. */
  public Refused refused() {
    return refused;
  }
}
