package io.ppmq.store.rocksdb;

import io.ppmq.store.rocksdb.Replica.Outcome;
import java.nio.ByteBuffer;

/**
 * Makes and judges the entries of the cluster's log as {@link Replica} and the store of its leader
 * do, for a replica without RocksDB.
 */
public final class JudgedEntries {
  private Applied last;

  /** For a replica that has applied nothing. */
  public JudgedEntries() {
    this(Applied.NOTHING);
  }

  private JudgedEntries(Applied last) {
    this.last = last;
  }

  /** Starts at the state of the given one, and is independent from now on. */
  public JudgedEntries copy() {
    return new JudgedEntries(last);
  }

  /** The index of the last entry; -1 if there is none. */
  public long index() {
    return last.index();
  }

  /**
   * The next proposal of a broker that leads in this term and has proposed everything before it.
   */
  public byte[] propose(long term, byte[] batch) {
    Proposal proposal = Proposal.after(last, term, batch);
    last = proposal.applied(last, term, last.index());
    return proposal.bytes();
  }

  /** The fate of an entry; its batch must be applied if it is {@code APPLIED}. */
  public Outcome take(long term, long index, byte[] entry) {
    if (index <= last.index()) {
      return Outcome.KNOWN;
    }
    Proposal proposal = Proposal.of(ByteBuffer.wrap(entry));
    return switch (proposal.verdict(last, term)) {
      case FENCED -> {
        pass(term, index);
        yield Outcome.FENCED;
      }
      case OF_ANOTHER_STORE -> throw new UnappliableEntryException("the replica is another");
      case NEXT -> {
        last = proposal.applied(last, term, index);
        yield Outcome.APPLIED;
      }
    };
  }

  /** An entry without changes. */
  public void pass(long term, long index) {
    if (index > last.index()) {
      last = last.passed(term, index);
    }
  }

  /** The batch in an entry. */
  public static ByteBuffer batch(byte[] entry) {
    return ByteBuffer.wrap(entry, Proposal.HEADER_BYTES, entry.length - Proposal.HEADER_BYTES);
  }
}
