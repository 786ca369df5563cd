package io.ppmq.sim;

/** The broker broke a promise. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Invariant invariant;

  Violation(Invariant invariant, String what) {
    super(what);
    this.invariant = invariant;
  }

  Violation(Invariant invariant, Throwable cause) {
    super(cause.toString(), cause);
    this.invariant = invariant;
  }

  Invariant invariant() {
    return invariant;
  }
}
