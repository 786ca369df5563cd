package io.ppmq.store.rocksdb;

/**
 * An entry of the cluster's log that this node can never apply: it has an unknown form, or is for a
 * store that differs from this one. The node takes no further entry; the message is one sentence
 * with the reason.
 */
public final class UnappliableEntryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnappliableEntryException(String reason) {
    super(reason);
  }

  UnappliableEntryException(long term, long index, UnappliableEntryException cause) {
    super(
        "the entry " + index + " of term " + term + " cannot be applied: " + cause.getMessage(),
        cause);
  }
}
