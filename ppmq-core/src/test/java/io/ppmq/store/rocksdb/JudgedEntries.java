package io.ppmq.store.rocksdb;

import io.ppmq.store.rocksdb.Replica.Outcome;
import java.nio.ByteBuffer;

/**
 * Makes and judges the entries of the cluster's log as {@link Replica} and the store of its leader
 * do, for a replica that has no RocksDB.
 */
public final class JudgedEntries {
  private Applied last;

  /** Of a replica that has taken nothing. */
  public JudgedEntries() {
    this(Applied.NOTHING);
  }

  private JudgedEntries(Applied last) {
    this.last = last;
  }

  /** As far as this one has come, and by itself from now on. */
  public JudgedEntries copy() {
    return new JudgedEntries(last);
  }

  /** The index of the last entry that was taken; -1 when none was. */
  public long index() {
    return last.index();
  }

  /** The next proposal of a broker that leads in this term, and has proposed all before it. */
  public byte[] propose(long term, byte[] batch) {
    Proposal proposal = Proposal.after(last, term, batch);
    last = proposal.applied(last, term, last.index());
    return proposal.bytes();
  }

  /** What becomes of an entry, of which the batch is to be applied where it is {@code APPLIED}. */
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

  /** An entry that changes nothing. */
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
