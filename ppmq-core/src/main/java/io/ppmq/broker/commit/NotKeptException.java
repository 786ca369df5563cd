package io.ppmq.broker.commit;

/** Nobody knows whether a commit is kept, and whoever began it can commit nothing any more. */
public final class NotKeptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotKeptException(String reason) {
    super(reason);
  }
}
