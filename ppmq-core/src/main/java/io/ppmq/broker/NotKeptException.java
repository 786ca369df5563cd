package io.ppmq.broker;

/** Nobody knows whether a commit is kept, and whoever began it can commit nothing any more. */
final class NotKeptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotKeptException(String reason) {
    super(reason);
  }
}
