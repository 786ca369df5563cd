package io.ppmq.cluster.ratis;

import io.ppmq.cluster.Leadership;
import io.ppmq.store.Store;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the program which node leads, one change after another, on a thread of its own: a start
 * takes a second, and the threads of Ratis must not wait for it.
 */
final class Roles implements AutoCloseable {
  /** How this node comes to lead. Called on the thread of the roles. */
  interface Opening {
    /** Whether the broker may begin now; it is asked again and again. */
    boolean mayBegin(long term) throws Exception;

    /** The view of the leader in this term. */
    Store open(long term) throws Exception;

    /** Has another node lead. */
    void handOn(String reason);
  }

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long WAIT_MILLIS = 50;

  /** A commit that was begun also says that it may have been kept; nothing else was done. */
  private static final String REASON = "this node leads the cluster no more";

  private final Leadership leadership;
  private final Opening opening;
  private final ExecutorService thread;

  /** The term in which this node leads as far as the log goes; 0 when it does not. */
  private volatile long elected;

  private volatile boolean begun;
  private volatile @Nullable String leader;
  private final AtomicLong elections = new AtomicLong();
  private @Nullable String told;

  Roles(Leadership leadership, Opening opening) {
    this.leadership = leadership;
    this.opening = opening;
    this.thread = Executors.newSingleThreadExecutor(Threads.named("ppmq-lead"));
  }

  /** Whether the broker of this node takes commands. */
  boolean serves() {
    return begun && elected != 0;
  }

  /** Whether this node was elected, whether or not its broker has begun. */
  boolean isElected() {
    return elected != 0;
  }

  /** The last that was heard of. */
  @Nullable String leader() {
    return leader;
  }

  /** Whether this was the last to be heard of; null: that none leads. */
  boolean hasHeardOf(@Nullable String node) {
    return Objects.equals(node, leader);
  }

  /** How many elections of a leader were heard of. */
  long elections() {
    return elections.get();
  }

  void leads(long term) {
    elected = term;
    thread.execute(() -> begin(term));
  }

  void leadsNoMore() {
    elected = 0;
    thread.execute(this::end);
  }

  void leader(@Nullable String node, String self) {
    if (node != null && !hasHeardOf(node)) {
      elections.incrementAndGet();
    }
    leader = node;
    if (!self.equals(node)) {
      thread.execute(() -> follow(node));
    }
  }

  private void follow(@Nullable String node) {
    if (Objects.equals(node, leader) && !Objects.equals(node, told)) {
      told = node;
      leadership.follow(node);
    }
  }

  private void begin(long term) {
    end(); // of an earlier term, where it was not heard that this node led no more
    try {
      while (elected == term && !opening.mayBegin(term)) {
        Thread.sleep(WAIT_MILLIS);
      }
      if (elected != term) {
        return;
      }
      Store store = opening.open(term);
      begun = true; // end() has to follow whatever happens now
      told = null;
      leadership.begin(store, term);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      end();
      if (elected == term) {
        LOG.error("this node was elected and cannot lead: {}", String.valueOf(e.getMessage()));
        opening.handOn("its broker could not start");
      }
    }
  }

  private void end() {
    if (begun) {
      begun = false;
      leadership.end(REASON);
    }
  }

  /** Ends the leading of this node; the program is told nothing any more. */
  @Override
  public void close() {
    elected = 0;
    thread.execute(this::end);
    thread.shutdown();
    try {
      if (!thread.awaitTermination(30, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
