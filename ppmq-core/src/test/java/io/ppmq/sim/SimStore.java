package io.ppmq.sim;

import io.ppmq.store.Expiring;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A real store that refuses what {@link Faults} say, and tells the disk what it was given. */
final class SimStore implements Store {
  private final Store store;
  private final SimDisk disk;
  private final Faults faults;
  private final Map<String, TopicStore> topics = new HashMap<>();

  SimStore(SimDisk disk, Faults faults) {
    disk.begun();
    this.store = disk.open();
    this.disk = disk;
    this.faults = faults;
  }

  @Override
  public TopicStore topic(String name) {
    checkReadable();
    return topics.computeIfAbsent(
        name, n -> new SimTopicStore(n, store.topic(n), disk, this::checkReadable));
  }

  @Override
  public long firstFreeId() {
    return store.firstFreeId();
  }

  @Override
  public void reserveIds(long upTo) {
    if (faults.syncFails()) {
      throw new StoreException("the disk does not take the reservation");
    }
    store.reserveIds(upTo);
    disk.reserved(upTo);
  }

  @Override
  public String nonce() {
    return store.nonce();
  }

  @Override
  public SortedSet<String> topics() {
    return store.topics();
  }

  @Override
  public SortedSet<String> marks() {
    return store.marks();
  }

  @Override
  public void mark(String word) {
    store.mark(word);
    disk.written("", s -> s.mark(word));
  }

  @Override
  public void unmark(String word) {
    store.unmark(word);
    disk.written("", s -> s.unmark(word));
  }

  @Override
  public @Nullable String shortage(long bytes) {
    return faults.roomLacks() ? "the disk is nearly full" : store.shortage(bytes);
  }

  @Override
  public boolean isDirty() {
    return store.isDirty();
  }

  @Override
  public void commit() {
    if (faults.commitFails()) {
      disk.refused(faults.perhaps());
      throw new StoreException("no space left on the disk");
    }
    store.commit();
    disk.committed();
  }

  @Override
  public void sync() {
    long before = disk.kept();
    faults.goOnDuringSync();
    if (faults.syncFails()) {
      throw new StoreException("the disk does not answer");
    }
    store.sync();
    disk.synced(before);
  }

  @Override
  public List<Expiring> expiring(long nowMillis, int max) {
    checkReadable();
    return store.expiring(nowMillis, max);
  }

  @Override
  public long nextExpiryMillis() {
    return store.nextExpiryMillis();
  }

  @Override
  public void dismiss(Expiring expiring) {
    store.dismiss(expiring);
    disk.written(expiring.topic(), s -> s.dismiss(expiring));
  }

  @Override
  public void reclaim() {
    store.reclaim();
  }

  @Override
  public long diskBytes() {
    return store.diskBytes();
  }

  @Override
  public void close() {
    store.close();
  }

  private void checkReadable() {
    if (faults.readFails()) {
      throw new StoreException("the disk cannot be read");
    }
  }
}
