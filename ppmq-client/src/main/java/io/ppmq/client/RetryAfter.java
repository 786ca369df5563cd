package io.ppmq.client;

import java.io.Serializable;
import java.time.Duration;

/** The pause before the broker delivers a nacked message again. Immutable. */
public final class RetryAfter implements Serializable {
  private static final long serialVersionUID = 1;

  /**
   * The broker's default: after 1 s, twice as long after each further delivery, at most 5 minutes.
   */
  public static final RetryAfter USUAL = new RetryAfter("");

  /** Never: the message dies, and moves to the topic's dead-letter topic if it has one. */
  public static final RetryAfter NEVER = new RetryAfter("never");

  private static final Duration MAX = Duration.ofHours(24);

  private final String text;

  private RetryAfter(String text) {
    this.text = text;
  }

  /**
   * Delivers the message again after a pause; zero means at once.
   *
   * @throws IllegalArgumentException when it is negative or longer than 24 hours
   */
  public static RetryAfter of(Duration pause) {
    if (pause.isNegative() || pause.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("RetryAfter is negative or over 24 hours: " + pause);
    }
    return new RetryAfter(Wire.duration(pause));
  }

  /** The form sent to the broker; empty when the broker decides. */
  String text() {
    return text;
  }

  @Override
  public String toString() {
    return text.isEmpty() ? "usual" : text;
  }
}
