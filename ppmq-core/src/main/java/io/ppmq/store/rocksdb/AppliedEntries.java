package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.Replica.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.WriteBatch;

/**
 * Applies the entries of the log to the database of a {@link Replica}, and knows its position in
 * the log. One call at a time, so that a caller can use the database at one position of the log.
 */
final class AppliedEntries {
  private final Database database;
  private final BatchLosses losses;
  private Applied applied;
  private long ledTerm = -1;
  private volatile @Nullable Thread applier;

  /** The position in the database, which lacks entries that changed nothing. */
  private Applied noted;

  private @Nullable UnappliableEntryException stopped;

  AppliedEntries(Database database) {
    this.database = database;
    this.losses = new BatchLosses(database.reclaiming());
    this.noted =
        database.use(
            engine -> {
              losses.load(engine);
              Applied found = Identity.applied(engine);
              return found == null ? Applied.NOTHING : found;
            });
    this.applied = noted;
  }

  synchronized Applied applied() {
    return applied;
  }

  /** Takes an entry, as {@link Replica#apply} says. */
  synchronized Outcome apply(long term, long index, ByteBuffer entry) {
    applier = Thread.currentThread();
    if (index <= applied.index()) {
      return Outcome.KNOWN;
    }
    if (stopped != null) {
      throw stopped;
    }
    try {
      return apply(term, index, Proposal.of(entry));
    } catch (UnappliableEntryException e) {
      stopped = new UnappliableEntryException(term, index, e);
      throw stopped;
    }
  }

  private Outcome apply(long term, long index, Proposal proposal) {
    switch (proposal.verdict(applied, term)) {
      case FENCED -> {
        applied = applied.passed(term, index);
        return Outcome.FENCED;
      }
      case OF_ANOTHER_STORE ->
          throw new UnappliableEntryException(
              "this node has not applied the entries that the leader had applied before it");
      case NEXT -> write(proposal.batch(), proposal.applied(applied, term, index));
    }
    return Outcome.APPLIED;
  }

  private void write(byte[] batch, Applied next) {
    if (!BatchForm.isBatch(batch)) {
      throw new UnappliableEntryException("it holds changes of an unknown kind");
    }
    database.use(
        engine -> {
          losses.read(engine, batch);
          return true;
        });
    try (WriteBatch changes = new WriteBatch(batch)) {
      write(changes, next);
    }
    losses.applied(next.term() == ledTerm);
  }

  private void write(WriteBatch changes, Applied next) {
    database.use(
        engine -> {
          changes.put(engine.state(), Keys.APPLIED_KEY, next.toBytes());
          return true;
        });
    database.commit(changes);
    applied = next;
    noted = next;
  }

  /** Takes an entry that changes nothing. */
  synchronized void pass(long term, long index) {
    if (index > applied.index()) {
      applied = applied.passed(term, index);
    }
  }

  /** Whether this thread is the one that applies. */
  boolean isApplying() {
    return applier == Thread.currentThread();
  }

  /** Makes the proposals of a broker that leads in this term, from now on. */
  synchronized ProposedCommits lead(long term, Proposals proposals, IntSupplier form) {
    if (stopped != null) {
      throw stopped;
    }
    ledTerm = term;
    return new ProposedCommits(database, proposals, term, applied, this::isApplying, form);
  }

  /** Writes the position into the database. */
  synchronized Applied note() {
    if (!noted.equals(applied)) {
      try (WriteBatch nothing = new WriteBatch()) {
        write(nothing, applied);
      }
    }
    return applied;
  }

  /** Removes the position from the database, on the disk. */
  synchronized void forget() {
    try (WriteBatch changes = new WriteBatch()) {
      database.use(
          engine -> {
            changes.delete(engine.state(), Keys.APPLIED_KEY);
            return true;
          });
      database.synced(database.writeSynced(changes));
    }
    applied = Applied.NOTHING;
    noted = applied;
  }

  /** Makes a checkpoint, as {@link Replica#checkpoint} says. */
  synchronized Applied checkpoint(Path to) {
    Applied at = note();
    if (at.equals(Applied.NOTHING)) {
      throw new StoreException("there is nothing yet of which to make a checkpoint");
    }
    try {
      Checkpoints.make(database, to);
    } catch (IOException e) {
      throw StoreException.refused("no checkpoint could be made in " + to, e);
    }
    return at;
  }

  synchronized ContentDigest digest() {
    return new ContentDigest(database, applied);
  }
}
