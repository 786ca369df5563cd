package io.ppmq.store.rocksdb;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * An entry of the cluster's log that changes the store: one batch of changes, and the data with
 * which every node decides alike whether it may be applied.
 *
 * <pre>
 *  u8 form ({@link EntryForm}) | u64 term | u64 seq | u64 hash of the proposal before | batch ({@link BatchForm})
 * </pre>
 *
 * <p>A broker that begins to lead numbers its proposals from one above what its own store has
 * applied in that term. So the term and the number reveal a proposal that was delayed until its
 * broker no longer leads or leads again, or that follows a lost one. The hash reveals a store that
 * differs from the leader's.
 */
final class Proposal {
  static final int HEADER_BYTES = 1 + 3 * Long.BYTES;

  /** The outcome of a proposal that comes out of the log. */
  enum Verdict {
    /** It is the next one. */
    NEXT,
    /** It is from a broker that no longer leads, or follows a lost one: no node applies it. */
    FENCED,
    /** It is the next one of another store: this store has diverged. */
    OF_ANOTHER_STORE
  }

  private final byte[] bytes;
  private final long hash;

  private Proposal(byte[] bytes) {
    this.bytes = bytes;
    this.hash = ProposalHash.of(bytes);
  }

  /**
   * The proposal that follows {@code last} when it is made in {@code term}.
   *
   * @param batch not changed any more
   */
  static Proposal after(Applied last, long term, byte[] batch) {
    return after(last, term, batch, EntryForm.FIRST);
  }

  /** The same in another form. */
  static Proposal after(Applied last, long term, byte[] batch, int form) {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + batch.length);
    bytes
        .put((byte) form)
        .putLong(term)
        .putLong(last.seqIn(term) + 1)
        .putLong(last.hash())
        .put(batch);
    return new Proposal(bytes.array());
  }

  /**
   * Reads an entry, from its position to its limit.
   *
   * @throws UnappliableEntryException when this version cannot read it
   */
  static Proposal of(ByteBuffer entry) {
    byte[] bytes = new byte[entry.remaining()];
    entry.get(entry.position(), bytes);
    int form = bytes.length < HEADER_BYTES ? 0 : bytes[0] & 0xFF;
    if (form < EntryForm.FIRST || form > EntryForm.newest()) {
      throw new UnappliableEntryException(
          "it is written in form "
              + form
              + ", this ppMQ reads forms up to "
              + EntryForm.newest()
              + ": install the version here that the other nodes have");
    }
    return new Proposal(bytes);
  }

  /** The outcome on every node that has applied the same entries, in an entry of this term. */
  Verdict verdict(Applied last, long entryTerm) {
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, HEADER_BYTES - 1);
    long term = in.getLong();
    long seq = in.getLong();
    if (term != entryTerm || seq != last.seqIn(term) + 1) {
      return Verdict.FENCED;
    }
    return in.getLong() == last.hash() ? Verdict.NEXT : Verdict.OF_ANOTHER_STORE;
  }

  /**
   * The position of a store that applies it after {@code last}, as the entry of this term and
   * index.
   */
  Applied applied(Applied last, long term, long index) {
    return new Applied(term, index, last.seqIn(term) + 1, hash);
  }

  /** The whole entry; not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  byte[] batch() {
    return Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
  }
}
