package io.ppmq.store;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A store that forwards every call to another; subclasses override some of them. */
public abstract class ForwardingStore implements Store {
  private final Store store;

  protected ForwardingStore(Store store) {
    this.store = store;
  }

  @Override
  public TopicStore topic(String name) {
    return store.topic(name);
  }

  @Override
  public long firstFreeId() {
    return store.firstFreeId();
  }

  @Override
  public void reserveIds(long upTo) {
    store.reserveIds(upTo);
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
  }

  @Override
  public void unmark(String word) {
    store.unmark(word);
  }

  @Override
  public long diskCapacityBytes() {
    return store.diskCapacityBytes();
  }

  @Override
  public @Nullable String shortage(long bytes) {
    return store.shortage(bytes);
  }

  @Override
  public boolean isDirty() {
    return store.isDirty();
  }

  @Override
  public void commit() {
    store.commit();
  }

  @Override
  public void sync() {
    store.sync();
  }

  @Override
  public List<Expiring> expiring(long nowMillis, int max) {
    return store.expiring(nowMillis, max);
  }

  @Override
  public long nextExpiryMillis() {
    return store.nextExpiryMillis();
  }

  @Override
  public void dismiss(Expiring expiring) {
    store.dismiss(expiring);
  }

  @Override
  public void reclaim() {
    store.reclaim();
  }

  @Override
  public long copyTo(Path directory) {
    return store.copyTo(directory);
  }

  @Override
  public long diskBytes() {
    return store.diskBytes();
  }

  @Override
  public void close() {
    store.close();
  }
}
