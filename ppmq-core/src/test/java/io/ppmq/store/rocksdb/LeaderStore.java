package io.ppmq.store.rocksdb;

import io.ppmq.store.ForwardingStore;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.Replica.Outcome;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The store of a leader that is alone in its cluster. A proposal comes out of the log at the moment
 * that {@link When} names. Commits that are to stay under way do not wait.
 */
public final class LeaderStore extends ForwardingStore {
  /** The moment at which an entry is applied and the store learns of it. */
  public enum When {
    /** Before the proposal returns. */
    AT_ONCE,
    /** On another thread; each commit waits for it. */
    LATE,
    /** When the next commit is made: until then the last commit exists only under way. */
    WITH_THE_NEXT,
    /** Late, and the store considers it under way until the next commit is made. */
    LATE_AND_UNTOLD
  }

  private final Log log;
  private final Store store;
  private final SharedCommits commits;
  private @Nullable CompletableFuture<String> underWay;

  private LeaderStore(Log log, Store store) {
    super(store);
    this.log = log;
    this.store = store;
    this.commits = Objects.requireNonNull(store.shared());
  }

  /** Leads with the replica in a directory; makes and founds it if it does not exist. */
  public static LeaderStore open(Path directory, long firstId, When when) {
    Log log = new Log(Replica.open(directory, 0, warning -> {}), when);
    if (!log.replica.isFounded()) {
      CompletableFuture<String> founded = new CompletableFuture<>();
      log.propose(log.replica.founding(log.term, firstId), told -> founded.complete(told));
      founded.join();
    }
    return new LeaderStore(log, log.replica.lead(log.term, log));
  }

  Log log() {
    return log;
  }

  @Override
  public void commit() {
    if (log.when == When.AT_ONCE || log.when == When.LATE) {
      store.commit();
      return;
    }
    store.isDirty(); // a closed one refuses
    finish();
    CompletableFuture<String> done = new CompletableFuture<>();
    underWay = done;
    log.isHeld = log.when == When.WITH_THE_NEXT;
    commits.begin(failure -> done.complete(failure == null ? "" : failure));
    if (log.when == When.LATE_AND_UNTOLD) {
      done.join();
    }
  }

  private void finish() {
    log.release();
    if (underWay != null) {
      String failure = underWay.join();
      if (!failure.isEmpty()) {
        throw new StoreException(failure);
      }
      commits.kept();
      underWay = null;
    }
  }

  /** With a commit under way. */
  @Override
  public void reserveIds(long upTo) {
    log.release();
    store.reserveIds(upTo);
  }

  @Override
  public void close() {
    log.release();
    store.close();
    log.close();
  }

  /** The log of a cluster of one. */
  static final class Log implements Proposals, AutoCloseable {
    private record Proposed(ByteBuffer entry, Consumer<@Nullable String> done) {}

    final Replica replica;
    final long term;
    private final When when;
    private final ExecutorService applying = Executors.newSingleThreadExecutor();
    private final Queue<Proposed> held = new ArrayDeque<>();
    private boolean isHeld;
    private long index;

    private Log(Replica replica, When when) {
      this.replica = replica;
      this.when = when;
      Applied applied = replica.applied();
      this.term = applied == null ? 1 : applied.term() + 1;
      this.index = applied == null ? 0 : applied.index() + 1;
    }

    @Override
    public void propose(byte[] entry, Consumer<@Nullable String> done) {
      Proposed proposed = new Proposed(ByteBuffer.wrap(entry), done);
      if (when == When.AT_ONCE) {
        apply(proposed);
      } else if (isHeld) {
        held.add(proposed);
      } else {
        applying.execute(() -> apply(proposed));
      }
    }

    /** Applies delayed entries, and delays none from now on. */
    void release() {
      isHeld = false;
      while (!held.isEmpty()) {
        Proposed next = held.remove();
        applying.execute(() -> apply(next));
      }
    }

    private void apply(Proposed proposed) {
      Outcome outcome = replica.apply(term, index++, proposed.entry);
      proposed.done.accept(outcome == Outcome.APPLIED ? null : "it was " + outcome);
    }

    @Override
    public void close() {
      applying.shutdown();
      try {
        if (!applying.awaitTermination(60, TimeUnit.SECONDS)) {
          throw new IllegalStateException("an entry is not applied");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      replica.close();
    }
  }
}
