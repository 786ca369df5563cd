package io.ppmq.broker.commit;

/**
 * It is not known whether a commit is kept, and the broker that began it can commit nothing any
 * more.
 */
public final class NotKeptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotKeptException(String reason) {
    super(reason);
  }
}
