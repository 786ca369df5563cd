package io.ppmq.broker;

import io.ppmq.store.ForwardingStore;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.memory.MemoryStore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store whose commits a test ends, on any thread. */
final class LateStore extends ForwardingStore implements SharedCommits {
  private @Nullable Consumer<@Nullable String> underWay;
  private boolean comesAtOnce;
  private int begun;
  private Runnable told = () -> {};
  private boolean closed;

  LateStore() {
    super(new MemoryStore(1, "nonce000"));
  }

  @Override
  public SharedCommits shared() {
    return this;
  }

  @Override
  public synchronized void begin(Consumer<@Nullable String> done) {
    if (underWay != null) {
      throw new AssertionError("a second commit is begun while one is under way");
    }
    super.commit(); // everything written so far is no longer dirty
    begun++;
    underWay = done;
    told.run();
    if (comesAtOnce) {
      done.accept(null);
    }
    notifyAll();
  }

  @Override
  public synchronized void kept() {
    if (underWay == null) {
      throw new AssertionError("nothing is under way");
    }
    underWay = null;
  }

  /** Ends each commit even before it has begun. */
  LateStore comesAtOnce() {
    comesAtOnce = true;
    return this;
  }

  /** Receives each commit that begins, on the thread that begins it. */
  synchronized void tellBegun(Runnable listener) {
    told = listener;
  }

  /** The number of commits that have begun. */
  synchronized int begun() {
    return begun;
  }

  /** Waits until this many commits have begun, for at most a minute. */
  synchronized void awaitBegun(int count) throws InterruptedException {
    long end = System.nanoTime() + 60_000_000_000L;
    while (begun < count && System.nanoTime() - end < 0) {
      wait(100);
    }
    if (begun < count) {
      throw new AssertionError(begun + " commits were begun, not " + count);
    }
  }

  /** Ends the commit under way as kept; does nothing if there is none. */
  void keep() {
    end(null);
  }

  /** Ends the commit under way with an unknown outcome. */
  void lose(String reason) {
    end(reason);
  }

  private void end(@Nullable String reason) {
    Consumer<@Nullable String> done;
    synchronized (this) {
      done = underWay;
    }
    if (done != null) {
      done.accept(reason);
    }
  }

  @Override
  public void commit() {
    throw new AssertionError("its commits are shared");
  }

  @Override
  public void sync() {
    throw new AssertionError("its commits are shared");
  }

  synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    closed = true;
    super.close();
  }
}
