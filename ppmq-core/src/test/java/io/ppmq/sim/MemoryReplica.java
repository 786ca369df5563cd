package io.ppmq.sim;

import io.ppmq.store.ForwardingStore;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.store.rocksdb.JudgedEntries;
import io.ppmq.store.rocksdb.Proposals;
import io.ppmq.store.rocksdb.Replica.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A replica in memory. A batch is a list of calls of the store, kept for all replicas of a life in
 * one list; an entry contains its index there.
 */
final class MemoryReplica implements SimReplica {
  /** Applied entries that are not on the disk yet; a loss of power removes them. */
  private static final int NOT_SYNCED_MAX = 20;

  private final List<List<Consumer<Store>>> batches;
  private final Random random;

  /** Repeats each of them on the disk's content. */
  private final List<Runnable> notSynced = new ArrayList<>();

  private MemoryStore synced = new MemoryStore(1, MemoryDisk.NONCE);
  private JudgedEntries syncedEntries = new JudgedEntries();
  private MemoryStore store = new MemoryStore(1, MemoryDisk.NONCE);
  private JudgedEntries entries = new JudgedEntries();

  MemoryReplica(List<List<Consumer<Store>>> batches, Random random) {
    this.batches = batches;
    this.random = random;
  }

  /** All start as the same store. */
  @Override
  public byte[] founding() {
    return new byte[0];
  }

  @Override
  public void found(byte[] founding) {
    pass(0, 0);
  }

  @Override
  public Outcome apply(long term, long index, byte[] entry) {
    Outcome outcome = apply(store, entries, term, index, entry);
    note(() -> apply(synced, syncedEntries, term, index, entry));
    return outcome;
  }

  private Outcome apply(MemoryStore to, JudgedEntries by, long term, long index, byte[] entry) {
    Outcome outcome = by.take(term, index, entry);
    if (outcome == Outcome.APPLIED) {
      ByteBuffer batch = JudgedEntries.batch(entry);
      batches.get(batch.getInt()).forEach(change -> change.accept(to));
      to.commit();
    }
    return outcome;
  }

  @Override
  public void pass(long term, long index) {
    entries.pass(term, index);
    note(() -> syncedEntries.pass(term, index));
  }

  private void note(Runnable again) {
    notSynced.add(again);
    if (notSynced.size() > NOT_SYNCED_MAX) {
      sync(1 + random.nextInt(NOT_SYNCED_MAX));
    }
  }

  private void sync(int count) {
    List<Runnable> upTo = notSynced.subList(0, Math.min(count, notSynced.size()));
    upTo.forEach(Runnable::run);
    upTo.clear();
  }

  @Override
  public int taken() {
    return (int) entries.index() + 1;
  }

  @Override
  public void died(boolean powerLost) {
    if (powerLost) {
      sync(random.nextInt(notSynced.size() + 1));
      notSynced.clear();
      store = MemoryCopy.of(synced);
      entries = syncedEntries.copy();
    }
  }

  @Override
  public void install(SimReplica other) {
    MemoryReplica from = (MemoryReplica) other;
    notSynced.clear();
    synced = MemoryCopy.of(from.store);
    syncedEntries = from.entries.copy();
    store = MemoryCopy.of(synced);
    entries = syncedEntries.copy();
  }

  @Override
  public void close() {}

  @Override
  public String content() {
    return MemoryCopy.words(store);
  }

  // ---- the store of the leader ----------------------------------------------------------------

  @Override
  public Store lead(long term, Proposals proposals) {
    return new Led(MemoryCopy.of(store), entries.copy(), term, proposals);
  }

  @Override
  public void written(Store led, Consumer<Store> change) {
    ((Led) led).collected.add(change);
  }

  /** Reports every write, and proposes it. */
  private final class Led extends ForwardingStore implements SharedCommits {
    private final MemoryStore shown;
    private final JudgedEntries proposed;
    private final long term;
    private final Proposals proposals;
    private List<Consumer<Store>> collected = new ArrayList<>();

    Led(MemoryStore shown, JudgedEntries proposed, long term, Proposals proposals) {
      super(shown);
      this.shown = shown;
      this.proposed = proposed;
      this.term = term;
      this.proposals = proposals;
    }

    @Override
    public SharedCommits shared() {
      return this;
    }

    @Override
    public void begin(Consumer<@Nullable String> done) {
      shown.commit();
      List<Consumer<Store>> batch = collected;
      collected = new ArrayList<>();
      propose(batch, done);
    }

    private void propose(List<Consumer<Store>> batch, Consumer<@Nullable String> done) {
      ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).putInt(batches.size());
      batches.add(batch);
      proposals.propose(proposed.propose(term, number.array()), done);
    }

    @Override
    public void kept() {}

    @Override
    public void reserveIds(long upTo) {
      List<String> told = new ArrayList<>();
      propose(
          List.of(s -> s.reserveIds(upTo)), failure -> told.add(failure == null ? "" : failure));
      if (told.isEmpty() || !told.get(0).isEmpty()) {
        throw new StoreException("the ids are not known to be reserved");
      }
      shown.reserveIds(upTo);
    }
  }
}
