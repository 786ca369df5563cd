package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A topic's part of a store that forwards every call, and reports each before. */
public abstract class ForwardingTopicStore implements TopicStore {
  private final TopicStore store;

  protected ForwardingTopicStore(TopicStore store) {
    this.store = store;
  }

  /** Called before the method of this name; its exception reaches the caller. */
  protected void before(String method) {}

  @Override
  public SortedSet<Integer> priorities() {
    before("priorities");
    return store.priorities();
  }

  @Override
  public void append(int priority, Entry entry) {
    before("append");
    store.append(priority, entry);
  }

  @Override
  public List<Entry> read(int priority, long from, int entriesMax, long bytesMax) {
    before("read");
    return store.read(priority, from, entriesMax, bytesMax);
  }

  @Override
  public @Nullable Entry around(int priority, long from, long id) {
    before("around");
    return store.around(priority, from, id);
  }

  @Override
  public void replace(int priority, Entry before, @Nullable Entry after) {
    before("replace");
    store.replace(priority, before, after);
  }

  @Override
  public @Nullable Entry last(int priority) {
    before("last");
    return store.last(priority);
  }

  @Override
  public void remove(int priority, long id, long expiresAtMillis) {
    before("remove");
    store.remove(priority, id, expiresAtMillis);
  }

  @Override
  public void drop(int priority, long from, long to) {
    before("drop");
    store.drop(priority, from, to);
  }

  @Override
  public @Nullable KeyedMessage find(Bytes key) {
    before("find");
    return store.find(key);
  }

  @Override
  public void keep(@Nullable KeyedMessage before, KeyedMessage message) {
    before("keep");
    store.keep(before, message);
  }

  @Override
  public void forget(KeyedMessage message) {
    before("forget");
    store.forget(message);
  }

  @Override
  public List<KeyedMessage> keyed(@Nullable Bytes after, int max) {
    before("keyed");
    return store.keyed(after, max);
  }

  @Override
  public @Nullable Retained retained() {
    before("retained");
    return store.retained();
  }

  @Override
  public void saveRetained(@Nullable Retained retained) {
    before("saveRetained");
    store.saveRetained(retained);
  }

  @Override
  public long diskBytes(int priority, long from) {
    before("diskBytes");
    return store.diskBytes(priority, from);
  }

  @Override
  public long keyedDiskBytes() {
    before("keyedDiskBytes");
    return store.keyedDiskBytes();
  }

  @Override
  public boolean holdsKeyed() {
    before("holdsKeyed");
    return store.holdsKeyed();
  }

  @Override
  public void forgetKeyed() {
    before("forgetKeyed");
    store.forgetKeyed();
  }

  @Override
  public DelayedMessages delayed() {
    before("delayed");
    return store.delayed();
  }

  @Override
  public Map<String, Progress> progress() {
    before("progress");
    return store.progress();
  }

  @Override
  public void save(String subscriber, Progress progress) {
    before("save");
    store.save(subscriber, progress);
  }

  @Override
  public void forget(String subscriber) {
    before("forget");
    store.forget(subscriber);
  }
}
