package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.Expiring;
import io.ppmq.store.Store;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A topic in a store, controlled by short calls. Each call commits at once. */
final class OneTopic {
  static final long NOW_MILLIS = 1_800_000_000_000L;
  static final BatchLimits BATCH = new BatchLimits(50, 1 << 20);

  private final Store store;
  private long nextId;
  private Topic topic;
  private OneWorker.Each workers;

  OneTopic(Store store, TopicSettings settings) {
    this.store = store;
    this.topic = open(settings);
    this.workers = new OneWorker.Each(topic);
  }

  /** A topic named orders with one subscriber, ann. */
  static TopicSettings settings(boolean dedupe, int priorities) {
    return settings(List.of("ann"), dedupe, priorities);
  }

  static TopicSettings settings(List<String> subscribers, boolean dedupe, int priorities) {
    return new TopicSettings("orders", subscribers, 0, dedupe, priorities, true);
  }

  static Message message(@Nullable String key, String payload, int priority) {
    return new Message(key == null ? null : Bytes.utf8(key), Bytes.utf8(payload), null, priority);
  }

  private Topic open(TopicSettings settings) {
    nextId = Math.max(nextId, store.firstFreeId());
    Topic opened =
        Topic.open(
            settings, store.topic(settings.name()), this::take, store.nonce(), new CommitBarrier());
    opened.flush();
    store.commit();
    return opened;
  }

  private long take(int count) {
    store.reserveIds(nextId + count);
    nextId += count;
    return nextId - count;
  }

  Topic topic() {
    return topic;
  }

  /** The only worker of a subscriber. */
  OneWorker worker(String subscriber) {
    return workers.of(subscriber);
  }

  void publish(String key, String payload) {
    publish(message(key, payload, 0));
  }

  void publish(Message... messages) {
    topic.publish(List.of(messages), NOW_MILLIS);
    commit();
  }

  void commit() {
    topic.flush();
    store.commit();
  }

  /** The payloads of the next batch, which is being pushed from now on. */
  List<String> choose(String subscriber) {
    return chosen(subscriber, BATCH, delivery -> delivery.payload().text());
  }

  <T> List<T> chosen(String subscriber, BatchLimits limits, Function<Delivery, T> what) {
    Batch batch = worker(subscriber).choose(limits, NOW_MILLIS);
    commit();
    return batch == null ? List.of() : batch.deliveries().stream().map(what).toList();
  }

  /** Chooses a batch and pushes it whole. */
  List<String> send(String subscriber) {
    List<String> payloads = choose(subscriber);
    pushed(subscriber);
    return payloads;
  }

  void pushed(String subscriber) {
    worker(subscriber).pushed();
    commit();
  }

  void failed(String subscriber) {
    worker(subscriber).failed();
    commit();
  }

  void acknowledge(String subscriber, String... keys) {
    worker(subscriber).acknowledge(List.of(keys).stream().map(Bytes::utf8).toList());
    commit();
  }

  void expire(Instant now) {
    for (Expiring expiring : store.expiring(now.toEpochMilli(), 1000)) {
      if (!topic.expire(expiring)) {
        store.dismiss(expiring);
      }
    }
    commit();
  }

  /** The process dies; the next one has everything that was committed. */
  void crash(TopicSettings settings) {
    topic = open(settings);
    workers = new OneWorker.Each(topic);
  }

  /** The process stops in the normal way, and another starts. */
  void restart(TopicSettings settings) {
    topic.flush();
    store.commit();
    topic = open(settings);
    workers = new OneWorker.Each(topic);
  }

  QueueStats stats(String subscriber) {
    return topic.stats().queues().stream()
        .filter(stats -> stats.subscriber().equals(subscriber))
        .findFirst()
        .orElseThrow();
  }

  /** Whether the store has nothing left of the topic. */
  boolean isStoreEmpty(String... keys) {
    topic.trim();
    commit();
    boolean empty = store.topic("orders").priorities().isEmpty();
    for (String key : keys) {
      empty &= store.topic("orders").find(Bytes.utf8(key)) == null;
    }
    return empty;
  }
}
