package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that was published, and the subscribers that are to get it by the settings of the
 * moment.
 */
final class Ledger {
  /** The most messages of a life; nothing is forgotten before it ends. */
  static final int MESSAGES_MAX = 50_000;

  final SimClock clock;
  final SimDisk disk;
  final ExpectedPauses pauses = new ExpectedPauses();
  private final Map<String, Map<String, ExpectedQueue>> queues = new LinkedHashMap<>();
  private final List<Published> published = new ArrayList<>();
  private final Map<String, Map<Bytes, List<Published>>> versions = new HashMap<>();
  private final Map<String, Map<Bytes, Integer>> letters = new HashMap<>();
  private Map<String, TopicSettings> settings = Map.of();
  private Map<String, BatchLimits> limits = Map.of();
  private Set<String> closed = Set.of();
  private Set<String> closing = Set.of();
  private int order;

  Ledger(SimClock clock, SimDisk disk) {
    this.clock = clock;
    this.disk = disk;
  }

  // ---- messages -------------------------------------------------------------------------------

  int nextNumber() {
    if (published.size() >= MESSAGES_MAX) {
      throw new Violation(
          Invariant.MODEL_BOUNDED, "a life of the simulation has too many messages");
    }
    return published.size();
  }

  void handedIn(Published message) {
    published.add(message);
  }

  List<Published> published() {
    return published;
  }

  /** The next number in the order in which messages are applied. */
  int nextOrder() {
    return order++;
  }

  @Nullable Published newest(Published message) {
    List<Published> all = versionsOf(message);
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  List<Published> versionsOf(Published message) {
    return versions
        .computeIfAbsent(message.topic, t -> new HashMap<>())
        .computeIfAbsent(message.key(), k -> new ArrayList<>());
  }

  /** After a loss: a message that was never kept is not a version of anything. */
  void forgetVersions(long kept, boolean powerLost) {
    for (Map<Bytes, List<Published>> topic : versions.values()) {
      topic.values().forEach(all -> all.removeIf(m -> !m.submitted.survives(kept, powerLost)));
    }
  }

  // ---- dead letters ---------------------------------------------------------------------------

  /** Records the key of a dead letter; each has a different one. */
  void noteLetter(String topic, Bytes key, int number) {
    if (letters.computeIfAbsent(topic, t -> new HashMap<>()).put(key, number) != null) {
      throw new Violation(
          Invariant.NO_KEY_TWICE, "two dead letters of " + topic + " have the key " + key.text());
    }
  }

  /** The number of the message with this payload and, for a dead letter, this key. */
  int numberOf(String topic, Bytes key, Bytes payload) {
    if (!Letter.isOne(payload)) {
      return Published.number(payload);
    }
    Integer number = letters.getOrDefault(topic, Map.of()).get(key);
    if (number == null) {
      throw new Violation(
          Invariant.DEAD_LETTERS,
          "the broker delivers a dead letter that it never wrote: " + payload.text());
    }
    return number;
  }

  /** The queue that keeps the dead letters of a topic without subscribers. */
  ExpectedQueue deadLetters(String topic) {
    return queues
        .computeIfAbsent(topic, t -> new LinkedHashMap<>())
        .computeIfAbsent(
            TopicSettings.DEAD_LETTERS, s -> new ExpectedQueue(topic, TopicSettings.DEAD_LETTERS));
  }

  /** Messages that may have been dropped after their last allowed delivery are not expected. */
  void noteDropped() {
    allQueues().forEach(this::noteDropped);
  }

  private void noteDropped(ExpectedQueue queue) {
    TopicSettings topic = settings.get(queue.topic);
    if (topic != null
        && topic.limits().deliveriesMax() > 0
        && topic.limits().deadLetter() == null) {
      for (Item item : queue.live()) {
        boolean again = item.state == Item.State.WAITING || item.isTimeUp(clock.elapsedNanos());
        if (again && !item.spared && item.pushes >= topic.limits().deliveriesMax()) {
          item.unsure = true;
          item.placeUnknown = true;
        }
      }
    }
  }

  /** The attempt of the next commit. */
  Submitted nextCommit() {
    Submitted by = new Submitted(false, false, () -> {});
    by.applied(disk.nextAttempt());
    return by;
  }

  // ---- what is owed ---------------------------------------------------------------------------

  /** Whether its subscriber must get it. */
  boolean isOwed(Item item) {
    TopicSettings topic = settings.get(item.message.topic);
    boolean newest = !item.message.keyed || newest(item.message) == item.message;
    return newest && !item.unsure && !isGone(item.message, topic);
  }

  /** Whether it has expired, or may have been treated as expired. */
  boolean isGone(Published message, @Nullable TopicSettings topic) {
    boolean expires = topic == null || topic.expire();
    return message.onceExpired || (expires && message.isExpired(clock.wallMillis()));
  }

  /** Before the clock goes back, or expiry is switched: some messages may be gone. */
  void noteExpired() {
    for (Published message : published) {
      TopicSettings topic = settings.get(message.topic);
      message.onceExpired |=
          (topic == null || topic.expire()) && message.isExpired(clock.wallMillis());
    }
  }

  // ---- settings -------------------------------------------------------------------------------

  /** The settings that the broker applies now. */
  Map<String, TopicSettings> settings() {
    return settings;
  }

  /** The topics to which publishing is not allowed now. */
  Set<String> closed() {
    return closed;
  }

  boolean isClosed(String topic) {
    return closed.contains(topic);
  }

  /** A reload is under way: waiting requests are refused before it takes effect. */
  void closing(Set<String> next) {
    closing = next;
  }

  boolean isClosing(String topic) {
    return closing.contains(topic);
  }

  @Nullable BatchLimits limits(String subscriber) {
    return limits.get(subscriber);
  }

  /** Whether it is a subscriber of the topic now. */
  boolean isAttached(String topic, String subscriber) {
    ExpectedQueue queue = queue(topic, subscriber);
    return settings.containsKey(topic) && queue != null && queue.attached;
  }

  /** Whether there is such a subscriber, of this topic or, for null, of any. */
  boolean knows(String subscriber, @Nullable String topic) {
    return topic == null ? limits.containsKey(subscriber) : isAttached(topic, subscriber);
  }

  /** The broker applies these settings from now on. */
  void configure(
      Map<String, TopicSettings> changed,
      Map<String, BatchLimits> batchLimits,
      Set<String> closedTopics) {
    noteExpired();
    for (TopicSettings topic : changed.values()) {
      Map<String, ExpectedQueue> all =
          queues.computeIfAbsent(topic.name(), t -> new LinkedHashMap<>());
      for (String subscriber : topic.subscribers()) {
        all.computeIfAbsent(subscriber, s -> new ExpectedQueue(topic.name(), s));
      }
      all.values()
          .forEach(queue -> queue.attached = topic.subscribers().contains(queue.subscriber));
    }
    Set<String> removed = new LinkedHashSet<>(queues.keySet());
    removed.removeAll(changed.keySet());
    removed.forEach(topic -> queuesOf(topic).forEach(queue -> queue.attached = false));
    settings = changed;
    limits = batchLimits;
    closed = closedTopics;
    closing = closedTopics;
  }

  // ---- queues ---------------------------------------------------------------------------------

  Collection<ExpectedQueue> queuesOf(String topic) {
    return queues.getOrDefault(topic, Map.of()).values();
  }

  @Nullable ExpectedQueue queue(String topic, String subscriber) {
    return queues.getOrDefault(topic, Map.of()).get(subscriber);
  }

  List<ExpectedQueue> allQueues() {
    List<ExpectedQueue> all = new ArrayList<>();
    queues.values().forEach(topic -> all.addAll(topic.values()));
    return all;
  }

  List<ExpectedQueue> queuesOfSubscriber(String subscriber) {
    List<ExpectedQueue> all = new ArrayList<>();
    for (Map<String, ExpectedQueue> topic : queues.values()) {
      ExpectedQueue queue = topic.get(subscriber);
      if (queue != null) {
        all.add(queue);
      }
    }
    return all;
  }
}
