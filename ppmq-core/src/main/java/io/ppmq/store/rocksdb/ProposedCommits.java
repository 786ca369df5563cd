package io.ppmq.store.rocksdb;

import io.ppmq.store.SharedCommits;
import io.ppmq.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Commits of a broker that leads a cluster: the bytes for RocksDB are proposed, and every node,
 * including this one, writes them when they come out of the log. Until they are known to be in the
 * database, all reads include them.
 *
 * <p>{@link #end} may be called by any thread; all else is the writer's.
 */
final class ProposedCommits implements Commits {
  private final Database database;
  private final Proposals proposals;
  private final long term;
  private final BooleanSupplier isApplying;
  private final IntSupplier form;

  /** The position of the replica when all proposals are applied. */
  private Applied proposed;

  private @Nullable Begun begun;
  private @Nullable EngineWithBegun view;
  private volatile @Nullable CompletableFuture<String> waited;
  private volatile @Nullable String ended;

  /** The reason why not even reads are possible any more; null while they are. */
  private volatile @Nullable String over;

  private volatile boolean closed;

  /**
   * Commits to the database of a replica.
   *
   * @param from its position
   * @param isApplying whether this thread is the one that applies, and must not wait for it
   * @param form the form of the next entry; see {@link EntryForm}
   */
  ProposedCommits(
      Database database,
      Proposals proposals,
      long term,
      Applied from,
      BooleanSupplier isApplying,
      IntSupplier form) {
    this.database = database;
    this.proposals = proposals;
    this.term = term;
    this.proposed = from;
    this.isApplying = isApplying;
    this.form = form;
  }

  // ---- reading --------------------------------------------------------------------------------

  @Override
  public <T> T use(Database.Use<T> use) {
    checkReadable();
    return database.use(engine -> use.on(shown(engine)));
  }

  @Override
  public <T> @Nullable T look(Database.Look<T> look) {
    checkReadable();
    return database.look(engine -> look.on(shown(engine)));
  }

  private Engine shown(Engine engine) {
    Begun underWay = begun;
    if (underWay == null) {
      return engine;
    }
    EngineWithBegun known = view;
    if (known == null || !known.isOf(engine)) {
      known = new EngineWithBegun(engine, underWay);
      view = known;
    }
    return known;
  }

  // ---- committing -----------------------------------------------------------------------------

  @Override
  public SharedCommits shared(RocksStore store) {
    return new SharedCommits() {
      @Override
      public void begin(Consumer<@Nullable String> done) {
        ProposedCommits.this.begin(store, done);
      }

      @Override
      public void kept() {
        ProposedCommits.this.kept();
      }
    };
  }

  private void begin(RocksStore store, Consumer<@Nullable String> done) {
    checkGoesOn();
    if (begun != null) {
      throw new IllegalStateException("a commit is under way");
    }
    if (!store.isDirty()) {
      done.accept(null);
      return;
    }
    byte[] entry = entry(store.collected());
    begun = new Begun(entry, Proposal.HEADER_BYTES);
    store.committed();
    propose(entry, done);
  }

  private void kept() {
    begun = null;
    view = null;
  }

  private byte[] entry(Changes changes) {
    try {
      Proposal proposal = Proposal.after(proposed, term, changes.toBytes(), form.getAsInt());
      proposed = proposal.applied(proposed, term, proposed.index());
      return proposal.bytes();
    } catch (RocksDBException e) {
      throw Engine.refused(database.directory(), e);
    }
  }

  private void propose(byte[] entry, Consumer<@Nullable String> done) {
    proposals.propose(
        entry,
        failure -> {
          if (failure != null) {
            ended = failure;
          }
          done.accept(failure);
        });
  }

  /**
   * Nothing more can be proposed, for this reason; a thread that waits is told so. Any thread may
   * call.
   */
  void end(String reason) {
    ended = reason;
    over = reason;
    CompletableFuture<String> waiting = waited;
    if (waiting != null) {
      waiting.complete(reason);
    }
  }

  // ---- waiting --------------------------------------------------------------------------------

  @Override
  public void commit(RocksStore store) {
    await(told -> begin(store, told));
    kept();
  }

  @Override
  public void reserveIds(long upTo) {
    checkGoesOn();
    try (Changes ids = new Changes()) {
      use(
          engine -> {
            ids.put(engine.state(), Keys.IDS_KEY, Keys.u64(upTo));
            return true;
          });
      await(told -> propose(entry(ids), told));
    }
  }

  /**
   * Waits until it is told.
   *
   * @throws StoreException when it is told of a failure
   */
  private void await(Consumer<Consumer<@Nullable String>> begin) {
    CompletableFuture<String> done = new CompletableFuture<>();
    waited = done;
    begin.accept(failure -> done.complete(failure == null ? "" : failure));
    if (!done.isDone() && isApplying.getAsBoolean()) {
      throw new IllegalStateException("the thread that applies would wait for itself");
    }
    String failure;
    try {
      failure = done.get();
    } catch (ExecutionException e) {
      throw new AssertionError("it is only completed with a sentence", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = "the thread that waited for it was interrupted";
      ended = failure;
    }
    waited = null;
    if (!failure.isEmpty()) {
      throw new StoreException(failure);
    }
  }

  private void checkGoesOn() {
    checkOpen();
    String reason = ended;
    if (reason != null) {
      throw new StoreException(reason);
    }
  }

  /** The replica may be closed or replaced by now, and its broker may not know it yet. */
  private void checkReadable() {
    checkOpen();
    String reason = over;
    if (reason != null) {
      throw new StoreException(reason);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store of the leader is closed");
    }
  }

  @Override
  public void close(Runnable before) {
    if (!closed) {
      closed = true;
      before.run();
    }
  }
}
