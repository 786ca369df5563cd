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
 * Tells the program which node leads, one change after another, on its own thread: a start takes a
 * second, and the threads of Ratis must not wait for it.
 */
final class Roles implements AutoCloseable {
  /** The steps before this node leads. Called on the thread of the roles. */
  interface Opening {
    /** Whether the broker may begin now; called repeatedly. */
    boolean mayBegin(long term) throws Exception;

    /** The store of the leader in this term. */
    Store open(long term) throws Exception;

    /** Makes another node lead, if one is fit. */
    void handOn(String reason);

    /** Has the members elect again. */
    void stepDown();
  }

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long WAIT_MILLIS = 50;

  /** The reason of refusals. For a commit under way the sentence adds that it may take effect. */
  private static final String REASON = "this node no longer leads the cluster";

  private final Leadership leadership;
  private final Opening opening;
  private final ExecutorService thread;

  /** The term in which this node is elected; 0 if it is not. */
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

  /** Whether this node is elected, even if its broker has not begun yet. */
  boolean isElected() {
    return elected != 0;
  }

  /** The last reported leader; null if there is none. */
  @Nullable String leader() {
    return leader;
  }

  /** Whether this node, or null for none, is the last reported leader. */
  boolean hasHeardOf(@Nullable String node) {
    return Objects.equals(node, leader);
  }

  /** The number of reported elections. */
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
    end(); // the broker of an earlier term, if the end of that term was not reported
    try {
      while (elected == term && !opening.mayBegin(term)) {
        Thread.sleep(WAIT_MILLIS);
      }
      if (elected != term) {
        return;
      }
      Store store = opening.open(term);
      begun = true; // end() has to follow in any case
      told = null;
      leadership.begin(store, term);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      end();
      if (elected == term) {
        LOG.error("this node was elected and cannot lead: {}", String.valueOf(e.getMessage()));
        opening.handOn("its broker could not start");
        if (elected == term) {
          opening.stepDown(); // this node may be elected again, and then tries again
        }
      }
    }
  }

  private void end() {
    if (begun) {
      begun = false;
      leadership.end(REASON);
    }
  }

  /** Ends the leading of this node; the program gets no more reports. */
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
