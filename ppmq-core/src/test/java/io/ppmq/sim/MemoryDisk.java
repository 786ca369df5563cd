package io.ppmq.sim;

import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A disk in memory: the synced content, and the commits since; a loss of power removes any number
 * of them from the end.
 */
final class MemoryDisk extends SimDisk {
  static final String NONCE = "sim00000";

  private record Commit(long attempt, List<Consumer<Store>> changes) {}

  private final Random random;
  private final MemoryStore synced = new MemoryStore(1, NONCE);
  private List<Commit> unsynced = new ArrayList<>();
  private List<Consumer<Store>> pending = new ArrayList<>();
  private long syncedUpTo;
  private MemoryStore live = new MemoryStore(1, NONCE);
  private Commit perhaps = new Commit(0, List.of());

  MemoryDisk(Random random) {
    this.random = random;
  }

  @Override
  Store open() {
    live = MemoryCopy.of(synced);
    for (Commit commit : unsynced) {
      commit.changes.forEach(change -> change.accept(live));
    }
    live.commit();
    return live;
  }

  @Override
  void written(Store store, String topic, Consumer<Store> change) {
    pending.add(change);
  }

  @Override
  void reserved(long upTo) {
    synced.reserveIds(upTo);
  }

  @Override
  void committed() {
    super.committed();
    unsynced.add(new Commit(kept(), pending));
    pending = new ArrayList<>();
    perhaps = new Commit(0, List.of());
  }

  @Override
  void refused(boolean mayBeThere) {
    super.refused(mayBeThere);
    if (mayBeThere) {
      perhaps = new Commit(nextAttempt() - 1, List.copyOf(pending));
    }
  }

  @Override
  void begun() {
    super.begun();
    perhaps = new Commit(nextAttempt() - 1, pending);
    pending = new ArrayList<>();
  }

  @Override
  void begunIsKept() {
    unsynced.add(perhaps);
    keptOnly(perhaps.attempt);
    perhaps = new Commit(0, List.of());
    synced(kept());
  }

  @Override
  void synced(long attempt) {
    int count = 0;
    while (count < unsynced.size() && unsynced.get(count).attempt <= attempt) {
      unsynced.get(count).changes.forEach(change -> change.accept(synced));
      syncedUpTo = unsynced.get(count).attempt;
      count++;
    }
    unsynced = new ArrayList<>(unsynced.subList(count, unsynced.size()));
    synced.commit();
  }

  @Override
  void killed() {
    if (!perhaps.changes.isEmpty() && random.nextBoolean()) {
      unsynced.add(perhaps);
      keptOnly(perhaps.attempt);
    }
    perhaps = new Commit(0, List.of());
    pending = new ArrayList<>();
  }

  @Override
  void powerLost() {
    killed();
    int survive = random.nextInt(unsynced.size() + 1);
    if (survive < unsynced.size()) {
      keptOnly(survive == 0 ? syncedUpTo : unsynced.get(survive - 1).attempt);
      unsynced = new ArrayList<>(unsynced.subList(0, survive));
    }
    synced(Long.MAX_VALUE);
  }
}
