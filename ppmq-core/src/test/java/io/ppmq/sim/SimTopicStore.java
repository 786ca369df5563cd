package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Delays;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Progress;
import io.ppmq.store.Retained;
import io.ppmq.store.TopicStore;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One topic's part of a {@link SimStore}. */
final class SimTopicStore implements TopicStore {
  private final String name;
  private final TopicStore store;
  private final SimStore whole;

  SimTopicStore(String name, TopicStore store, SimStore whole) {
    this.name = name;
    this.store = store;
    this.whole = whole;
  }

  private void change(Consumer<TopicStore> change) {
    change.accept(store);
    whole.written(name, s -> change.accept(s.topic(name)));
  }

  @Override
  public SortedSet<Integer> priorities() {
    whole.checkReadable();
    return store.priorities();
  }

  @Override
  public void append(int priority, Entry entry) {
    change(s -> s.append(priority, entry));
  }

  @Override
  public List<Entry> read(int priority, long from, int entriesMax, long bytesMax) {
    whole.checkReadable();
    return store.read(priority, from, entriesMax, bytesMax);
  }

  @Override
  public @Nullable Entry around(int priority, long from, long id) {
    whole.checkReadable();
    return store.around(priority, from, id);
  }

  @Override
  public void replace(int priority, Entry before, @Nullable Entry after) {
    change(s -> s.replace(priority, before, after));
  }

  @Override
  public @Nullable Entry last(int priority) {
    whole.checkReadable();
    return store.last(priority);
  }

  @Override
  public void remove(int priority, long id, long expiresAtMillis) {
    change(s -> s.remove(priority, id, expiresAtMillis));
  }

  @Override
  public void drop(int priority, long from, long to) {
    change(s -> s.drop(priority, from, to));
    whole.dropped();
  }

  @Override
  public @Nullable KeyedMessage find(Bytes key) {
    whole.checkReadable();
    return store.find(key);
  }

  @Override
  public void keep(@Nullable KeyedMessage before, KeyedMessage message) {
    change(s -> s.keep(before, message));
    if (before == null && Letter.isOne(message.payload())) {
      whole.buried(name, message);
    }
  }

  @Override
  public void forget(KeyedMessage message) {
    change(s -> s.forget(message));
  }

  @Override
  public boolean holdsKeyed() {
    whole.checkReadable();
    return store.holdsKeyed();
  }

  @Override
  public void forgetKeyed() {
    change(TopicStore::forgetKeyed);
  }

  @Override
  public void forget(String subscriber) {
    change(s -> s.forget(subscriber));
  }

  @Override
  public Map<String, Progress> progress() {
    whole.checkReadable();
    return store.progress();
  }

  @Override
  public void save(String subscriber, Progress progress) {
    change(s -> s.save(subscriber, progress));
  }

  @Override
  public List<KeyedMessage> keyed(@Nullable Bytes after, int max) {
    whole.checkReadable();
    return store.keyed(after, max);
  }

  @Override
  public @Nullable Retained retained() {
    whole.checkReadable();
    return store.retained();
  }

  @Override
  public void saveRetained(@Nullable Retained retained) {
    change(s -> s.saveRetained(retained));
  }

  @Override
  public DelayedMessages delayed() {
    return new Delayed();
  }

  private final class Delayed implements DelayedMessages {
    @Override
    public void add(DelayedMessage message) {
      change(s -> s.delayed().add(message));
    }

    @Override
    public List<DelayedMessage> due(long nowMillis, int max, long bytesMax) {
      whole.checkReadable();
      return store.delayed().due(nowMillis, max, bytesMax);
    }

    @Override
    public List<DelayedMessage> from(long atMillis, long id, int max, long bytesMax) {
      whole.checkReadable();
      return store.delayed().from(atMillis, id, max, bytesMax);
    }

    @Override
    public void remove(DelayedMessage message) {
      change(s -> s.delayed().remove(message));
      whole.due(name, message);
    }

    @Override
    public void clear() {
      change(s -> s.delayed().clear());
    }

    @Override
    public Delays delays() {
      return store.delayed().delays();
    }
  }
}
