package io.ppmq.topic;

import io.ppmq.message.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The subscribers of a topic with one worker each, controlled by short calls. */
public final class OneWorker {
  private final Topic topic;
  private final String subscriber;
  private final Worker worker = new Worker();

  /** The only worker of a subscriber of this topic. */
  public OneWorker(Topic topic, String subscriber) {
    this.topic = topic;
    this.subscriber = subscriber;
  }

  /** The worker of each subscriber, made at the first request. */
  static final class Each {
    private final Map<String, OneWorker> workers = new HashMap<>();
    private final Topic topic;

    Each(Topic topic) {
      this.topic = topic;
    }

    OneWorker of(String subscriber) {
      return workers.computeIfAbsent(subscriber, name -> new OneWorker(topic, name));
    }
  }

  private SubscriberHandle handle() {
    return topic.subscriber(subscriber);
  }

  public boolean isReady() {
    return handle().isReady(worker);
  }

  boolean isReadyAhead(int messages) {
    return handle().isReadyAhead(worker, messages);
  }

  public @Nullable Batch choose(BatchLimits limits, long nowMillis) {
    return handle().choose(worker, limits, nowMillis);
  }

  @Nullable Batch chooseAhead(BatchLimits limits, long nowMillis) {
    return handle().chooseAhead(worker, limits, nowMillis);
  }

  @Nullable Batch prepare(BatchLimits limits) {
    return handle().prepare(limits);
  }

  public void pushed() {
    pushed(0);
  }

  void pushed(long nowNanos) {
    pushed(nowNanos, OneTopic.NOW_MILLIS);
  }

  void pushed(long nowNanos, long nowMillis) {
    handle().pushed(worker, nowNanos, nowMillis);
  }

  void failed() {
    handle().failed(worker);
  }

  void redeliver() {
    handle().redeliver(worker);
  }

  int redeliverDue(long nowNanos) {
    return handle().redeliverDue(worker, nowNanos);
  }

  void takeBack() {
    handle().takeBack(worker);
  }

  boolean awaitsAcknowledgement() {
    return handle().awaitsAcknowledgement(worker);
  }

  long deadlineNanos() {
    return handle().deadlineNanos(worker);
  }

  public void acknowledge(List<Bytes> keys) {
    acknowledge(keys, OneTopic.NOW_MILLIS);
  }

  void acknowledge(List<Bytes> keys, long nowMillis) {
    handle().acknowledge(keys, null, nowMillis);
  }

  /** Acknowledges as this worker, over its own connection. */
  void acknowledgeItself(String... keys) {
    handle().acknowledge(bytes(keys), worker, OneTopic.NOW_MILLIS);
  }

  /** Nacks a message of this worker; the clocks show these moments. */
  void nack(Nack nack, long nowNanos, long nowMillis, String... keys) {
    handle().nack(bytes(keys), nack, worker, nowNanos, nowMillis);
  }

  /** Nacks a message of a subscriber; the monotonic clock shows 0. */
  void nackOverAnyConnection(Nack nack, String... keys) {
    handle().nack(bytes(keys), nack, null, 0, OneTopic.NOW_MILLIS);
  }

  List<Bytes> extend(long nowNanos, String... keys) {
    return handle().extend(bytes(keys), nowNanos, worker);
  }

  boolean takeDue(long nowNanos, long nowMillis) {
    return handle().takeDue(nowNanos, nowMillis);
  }

  private static List<Bytes> bytes(String... keys) {
    return List.of(keys).stream().map(Bytes::utf8).toList();
  }

  boolean hasSpent() {
    return handle().hasSpent();
  }

  List<DeadMessage> takeDead(long nowMillis) {
    return handle().takeDead(nowMillis);
  }
}
