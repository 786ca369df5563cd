package io.ppmq.server;

/**
 * The process cannot start as configured; the message is one sentence for the user who started it.
 */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean storeDamage;

  /** An exception with the reason. */
  public StartException(String sentence) {
    this(sentence, false);
  }

  /** An exception with the reason, which may be damage of the store. */
  public StartException(String sentence, boolean storeDamage) {
    super(sentence, null, false, false);
    this.storeDamage = storeDamage;
  }

  /** Whether the store is damaged, so that each start fails until it is repaired. */
  public boolean isStoreDamage() {
    return storeDamage;
  }
}
