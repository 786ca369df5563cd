package io.ppmq.sim;

import io.ppmq.broker.Pause;
import io.ppmq.message.Bytes;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.PeekedMessage;
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
 * What the broker owes its subscribers, worked out from section 4 of the specification as commands
 * take effect, and compared with what it does. Where a loss leaves open what the broker knows,
 * nothing is expected that it cannot know.
 */
final class Expectations {
  /** Most messages of a life; nothing is forgotten before it ends. */
  static final int MESSAGES_MAX = 50_000;

  private static final long LATE_NANOS = 100_000_000L;

  private final SimClock clock;
  private final SimDisk disk;
  private final Map<String, Map<String, ExpectedQueue>> queues = new LinkedHashMap<>();
  private final List<Published> published = new ArrayList<>();
  private final Map<String, Map<Bytes, List<Published>>> versions = new HashMap<>();
  private final DeliveryCheck deliveries;
  private final ExpectedPauses pauses = new ExpectedPauses();
  private Map<String, TopicSettings> settings = Map.of();
  private Map<String, BatchLimits> limits = Map.of();

  Expectations(SimClock clock, SimDisk disk) {
    this.clock = clock;
    this.disk = disk;
    this.deliveries = new DeliveryCheck(clock, disk);
  }

  // ---- publishing -----------------------------------------------------------------------------

  int nextNumber() {
    if (published.size() >= MESSAGES_MAX) {
      throw new Violation(Invariant.MODEL_BOUNDED, "a life has too many messages");
    }
    return published.size();
  }

  void handedIn(Published message) {
    published.add(message);
  }

  /** The writer has applied them. */
  void applied(List<Published> messages, Submitted submitted) {
    submitted.applied(disk.nextAttempt());
    TopicSettings topic = settings.get(messages.get(0).topic);
    if (!topic.subscribers().isEmpty()) {
      messages.forEach(message -> queue(topic, message));
    }
  }

  private void queue(TopicSettings topic, Published message) {
    message.queued = true;
    message.keyed = topic.dedupe() && message.key() != null;
    message.priority = topic.nearestPriority(message.message.priority());
    Published before = message.keyed ? newest(message) : null;
    for (ExpectedQueue queue : queuesOf(topic.name())) {
      if (message.keyed) {
        queueVersion(topic, queue, message, before);
      } else if (queue.attached) {
        queue.add(new Item(message, message.priority, message.number));
      }
    }
    if (message.keyed) {
      versionsOf(message).add(message);
    }
  }

  private void queueVersion(
      TopicSettings topic, ExpectedQueue queue, Published message, @Nullable Published before) {
    Item item = new Item(message, message.priority, message.number);
    List<Item> older = queue.versions(message.key());
    if (before != null && topic.expire() && before.isExpired(clock.wallMillis())) {
      for (Item gone : older) {
        // Whether it was out or waited when the newer one expired decides what becomes of it.
        item.placeUnknown |= gone.message != before;
        gone.placeUnknown |= gone.message != before;
        if (gone.waits() || gone.message == before) {
          replace(queue, gone, message);
        }
      }
      older = queue.versions(message.key());
    }
    if (!queue.attached && !queue.everHad(message.key())) {
      return;
    }
    boolean waited = false;
    for (Item held : older) {
      item.placeUnknown |= held.placeUnknown || held.unsure || held.message.onceExpired;
      if (held.state == Item.State.QUEUED) {
        waited = true;
        keepPlace(topic, queue, item, held);
        replace(queue, held, message);
      } else if (held.state == Item.State.WAITING && !held.surelySent) {
        item.placeUnknown = true;
      }
    }
    if (!queue.attached && !waited) {
      item.unsure = true;
      item.placeUnknown = true;
      older.forEach(held -> held.unsure |= held.isLive());
    }
    queue.add(item);
  }

  private static void keepPlace(TopicSettings topic, ExpectedQueue queue, Item item, Item held) {
    if (!queue.attached || item.message.priority >= topic.nearestPriority(held.log)) {
      item.log = held.log;
      item.place = held.place;
    }
    item.placeUnknown |= held.placeUnknown;
    item.unsure |= !queue.attached && (held.unsure || held.message.onceExpired);
  }

  private static void replace(ExpectedQueue queue, Item older, Published newer) {
    queue.end(older, Item.State.REPLACED, newer.submitted);
  }

  private @Nullable Published newest(Published message) {
    List<Published> all = versionsOf(message);
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  private List<Published> versionsOf(Published message) {
    return versions
        .computeIfAbsent(message.topic, t -> new HashMap<>())
        .computeIfAbsent(message.key(), k -> new ArrayList<>());
  }

  // ---- delivering -----------------------------------------------------------------------------

  /** The broker begins to push a batch. */
  void chosen(Batch batch) {
    TopicSettings topic = settings.get(batch.topic());
    ExpectedQueue queue = queue(batch.topic(), batch.subscriber());
    if (topic == null || queue == null || !queue.attached) {
      throw new Violation(Invariant.FAITHFUL, batch + " for somebody who is no subscriber of it");
    }
    if (pauses.cover(batch.topic(), batch.subscriber())) {
      throw new Violation(Invariant.NOTHING_PAUSED_PUSHED, batch + " is pushed while it is paused");
    }
    List<Item> items = deliveries.items(batch, queue, published, topic);
    items.forEach(item -> notePlace(queue, item, topic));
    deliveries.check(batch, items, queue, topic, limits.get(batch.subscriber()));
    for (Item item : items) {
      if (item.message.keyed && newest(item.message) != item.message) {
        throw new Violation(
            Invariant.NEWEST_VERSION_ONLY,
            item.message + " is delivered after " + newest(item.message) + " was published");
      }
      choose(queue, item, topic);
    }
    queue.pushing = items;
  }

  /** Whether an older version was out when it expired decides whose place the newer one has. */
  private void notePlace(ExpectedQueue queue, Item item, TopicSettings topic) {
    for (Item older : item.message.keyed ? queue.versions(item.message.key()) : List.<Item>of()) {
      item.placeUnknown |= older != item && older.pushes > 0 && isGone(older.message, topic);
    }
  }

  private static void choose(ExpectedQueue queue, Item item, TopicSettings topic) {
    if (item.message.keyed) {
      item.inOldersPlace = DeliveryCheck.rank(queue, item, topic) != item;
      for (Item older : queue.versions(item.message.key())) {
        if (older != item) {
          item.older = older;
          older.before = older.state;
          older.state = Item.State.CHOSEN;
        }
      }
    }
    item.before = item.state;
    item.state = Item.State.CHOSEN;
    item.chosenHere = true;
    item.early = null;
  }

  /** The writer has heard that the batch was pushed whole. */
  void pushed(String topic, String subscriber) {
    ExpectedQueue queue = queue(topic, subscriber);
    List<Item> batch = takePushing(queue);
    TopicSettings topicSettings = settings.get(topic);
    for (Item item : batch) {
      if (item.older != null) {
        takePlace(item, item.older);
        queue.end(item.older, Item.State.REPLACED, item.message.submitted);
        item.older = null;
      }
      item.pushes++;
      if (item.state == Item.State.CHOSEN) {
        item.state = Item.State.SENT;
        item.surelySent = true;
        item.unsure &= item.early != null;
      }
      if (item.early != null) {
        Submitted by = new Submitted(false, false, () -> {});
        by.applied(disk.nextAttempt());
        queue.end(item, Item.State.ACKNOWLEDGED, by);
      }
    }
    queue.out = batch;
    queue.pushedHere = true;
    long retryMillis = topicSettings == null ? 0 : topicSettings.ackRetryMillis();
    queue.deadlineNanos = retryMillis == 0 ? 0 : clock.elapsedNanos() + retryMillis * 1_000_000;
    if (queue.redeliverWhenPushed) {
      queue.redeliver();
      queue.redeliverWhenPushed = false;
    }
  }

  private static void takePlace(Item item, Item older) {
    if (item.inOldersPlace) {
      item.log = older.log;
      item.place = older.place;
    }
    item.placeUnknown |= older.placeUnknown;
  }

  private static List<Item> takePushing(ExpectedQueue queue) {
    List<Item> batch = queue.pushing;
    queue.pushing = null;
    return batch == null ? List.of() : batch;
  }

  /** The writer has heard that the connection is gone; a batch that was being pushed failed. */
  void failed(String subscriber) {
    for (ExpectedQueue queue : queuesOfSubscriber(subscriber)) {
      queue.redeliverWhenPushed &= queue.pushing == null;
      takePushing(queue).forEach(item -> returned(queue, item));
    }
  }

  private void returned(ExpectedQueue queue, Item item) {
    Item older = item.older;
    item.older = null;
    if (older != null && older.isLive()) {
      older.state = older.before;
      if (item.early != null && older.surelySent) {
        queue.end(older, Item.State.ACKNOWLEDGED, item.early);
      } else if (item.early != null) {
        older.unsure = true;
        older.placeUnknown = true;
        item.placeUnknown = true;
      }
    }
    if (item.state != Item.State.CHOSEN) {
      return;
    }
    item.state = item.before;
    item.unsure |= item.early != null && item.before == Item.State.WAITING;
    item.early = null;
    if (item.message.keyed && item.state == Item.State.QUEUED) {
      mergeWithNewer(queue, item);
    }
  }

  /** What came while it was being pushed takes the place of what was never sent. */
  private void mergeWithNewer(ExpectedQueue queue, Item item) {
    TopicSettings topic = settings.get(queue.topic);
    for (Item newer : queue.versions(item.message.key())) {
      if (newer.message.number > item.message.number) {
        if (topic == null) {
          newer.placeUnknown = true;
        } else if (!item.inOldersPlace
            && topic.nearestPriority(newer.log) >= topic.nearestPriority(item.log)) {
          newer.log = item.log;
          newer.place = item.place;
        }
        newer.placeUnknown |= item.placeUnknown || item.message.onceExpired;
        replace(queue, item, newer.message);
      }
    }
  }

  // ---- acknowledging, redelivering ------------------------------------------------------------

  /** The writer has applied an acknowledgement. */
  void acknowledged(String topic, String subscriber, Bytes key, Submitted submitted) {
    submitted.applied(disk.nextAttempt());
    ExpectedQueue queue = queue(topic, subscriber);
    if (queue == null) {
      return;
    }
    Integer number = deliveries.numberOf(topic, key);
    Item plain = number == null ? null : queue.find(number);
    if (plain != null && !plain.message.keyed) {
      acknowledgePlain(queue, plain, submitted);
    } else {
      queue.versions(key).forEach(item -> acknowledgeKeyed(queue, item, submitted));
    }
  }

  /** With dedupe switched it may have had another key when it was sent first: each counts. */
  private static void acknowledgePlain(ExpectedQueue queue, Item item, Submitted submitted) {
    if (item.isLive()) {
      if (item.chosenHere || item.surelySent) {
        queue.end(item, Item.State.ACKNOWLEDGED, submitted);
      } else {
        item.unsure = true;
      }
    }
  }

  private static void acknowledgeKeyed(ExpectedQueue queue, Item item, Submitted submitted) {
    boolean covered =
        queue.versions(item.message.key()).stream().anyMatch(newer -> newer.older == item);
    switch (item.state) {
      case SENT -> queue.end(item, Item.State.ACKNOWLEDGED, submitted);
      case WAITING -> {
        if (item.surelySent) {
          queue.end(item, Item.State.ACKNOWLEDGED, submitted);
        } else {
          item.unsure = true;
          queue.versions(item.message.key()).forEach(other -> other.placeUnknown = true);
        }
      }
      case CHOSEN -> {
        boolean again = item.before == Item.State.WAITING && item.surelySent;
        if (again && item.older == null && !covered) {
          queue.end(item, Item.State.ACKNOWLEDGED, submitted);
        } else if (!covered) {
          item.early = submitted;
          item.unsure |= item.before == Item.State.WAITING; // it may end now, or when it is pushed
        }
      }
      default -> {}
    }
  }

  /** The writer has applied RECONNECT; {@code topic} is null for all. */
  void redelivered(String subscriber, @Nullable String topic) {
    for (ExpectedQueue queue : queuesOfSubscriber(subscriber)) {
      if (queue.attached && (topic == null || queue.topic.equals(topic))) {
        queue.redeliver();
      }
    }
  }

  /** The writer has heard that there is a connection. */
  void opened(String subscriber) {
    queuesOfSubscriber(subscriber).forEach(queue -> queue.pushedHere = false);
  }

  /** The writer has heard that the subscriber closed the connection. */
  void closed(String subscriber, boolean unread) {
    for (ExpectedQueue queue : queuesOfSubscriber(subscriber)) {
      if (unread && queue.pushedHere && queue.pushing == null) {
        queue.redeliver();
      }
      queue.pushedHere = false;
    }
  }

  // ---- pausing --------------------------------------------------------------------------------

  /** The writer has paused something, or pushes it again. */
  void paused(Pause pause, boolean paused) {
    Submitted by = new Submitted(false, false, () -> {});
    by.applied(disk.nextAttempt());
    pauses.changed(pause, paused, by);
  }

  /** What is paused now. */
  Set<Pause> paused() {
    return pauses.now();
  }

  // ---- the clock, the settings ----------------------------------------------------------------

  /** Before the clock goes back, or whether messages expire is changed: some may be gone. */
  void noteExpired() {
    for (Published message : published) {
      TopicSettings topic = settings.get(message.topic);
      message.onceExpired |=
          (topic == null || topic.expire()) && message.isExpired(clock.wallMillis());
    }
  }

  /** A broker begins with these settings. */
  void configure(Map<String, TopicSettings> changed, Map<String, BatchLimits> batchLimits) {
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
  }

  // ---- the end of a broker --------------------------------------------------------------------

  /** It ended as it should, and everything is kept that it knew. */
  void stopped() {
    allQueues().forEach(this::connectionsGone);
  }

  /** It died. What is kept is known to the disk; what was only in memory is not. */
  void died(boolean powerLost) {
    long kept = disk.kept();
    pauses.died(kept, powerLost);
    for (ExpectedQueue queue : allQueues()) {
      connectionsGone(queue);
      for (Item item : List.copyOf(queue.all())) {
        recover(queue, item, kept, powerLost);
      }
      for (Item item : List.copyOf(queue.live())) {
        forgetWhatMayBeForgotten(queue, item);
      }
      queue.placesUnknown();
    }
    for (Map<Bytes, List<Published>> topic : versions.values()) {
      topic.values().forEach(all -> all.removeIf(m -> !m.submitted.survives(kept, powerLost)));
    }
  }

  private void connectionsGone(ExpectedQueue queue) {
    for (Item item : takePushing(queue)) {
      List<Item> all = item.message.keyed ? queue.versions(item.message.key()) : List.of();
      boolean early = item.early != null;
      item.early = null;
      if (all.size() > 1) {
        // The next broker merges them, by its own priorities.
        all.forEach(version -> version.placeUnknown = true);
      }
      if (early) {
        item.unsure |= item.before == Item.State.WAITING;
        all.forEach(version -> version.placeUnknown = true);
        all.forEach(version -> version.unsure |= version != item && version == item.older);
      }
      returned(queue, item);
    }
    queue.redeliver();
    queue.redeliverWhenPushed = false;
    queue.out = List.of();
    queue.pushedHere = false;
    queue.live().forEach(item -> item.chosenHere = false);
  }

  private static void recover(ExpectedQueue queue, Item item, long kept, boolean powerLost) {
    if (!item.message.submitted.survives(kept, powerLost)) {
      item.message.queued = false;
      queue.remove(item);
    } else if (!item.isLive() && item.endedBy != null && !item.endedBy.survives(kept, powerLost)) {
      queue.revive(item);
    }
  }

  private static void forgetWhatMayBeForgotten(ExpectedQueue queue, Item item) {
    item.surelySent = false;
    item.pushesKnown = false;
    if (item.message.keyed) {
      List<Item> all = queue.versions(item.message.key());
      item.placeUnknown |= all.size() > 1 || item.state == Item.State.WAITING;
      if (item.state == Item.State.QUEUED && all.get(all.size() - 1) != item) {
        replace(queue, item, all.get(all.size() - 1).message);
      }
    }
  }

  // ---- looking --------------------------------------------------------------------------------

  /** Compares a queue with what the broker would send of it. */
  void look(String topic, String subscriber, List<PeekedMessage> peeked) {
    ExpectedQueue queue = queue(topic, subscriber);
    Set<Integer> shown = new LinkedHashSet<>();
    peeked.stream()
        .filter(message -> !message.replaced())
        .forEach(message -> shown.add(Published.number(message.delivery().payload())));
    for (Item item : queue.live()) {
      if (isOwed(item) && !shown.contains(item.message.number)) {
        throw lost(queue, item, "is not in the queue any more");
      }
    }
    for (int number : shown) {
      Item item = queue.find(number);
      if (item != null && item.state == Item.State.ACKNOWLEDGED && !item.unsure) {
        throw new Violation(
            Invariant.NO_ACKED_AGAIN, item + " is in the queue of " + queue + " again");
      }
    }
  }

  private boolean isOwed(Item item) {
    TopicSettings topic = settings.get(item.message.topic);
    boolean newest = !item.message.keyed || newest(item.message) == item.message;
    return newest && !item.unsure && !isGone(item.message, topic);
  }

  private boolean isGone(Published message, TopicSettings topic) {
    return message.onceExpired || (topic.expire() && message.isExpired(clock.wallMillis()));
  }

  private static Violation lost(ExpectedQueue queue, Item item, String how) {
    String confirmed = item.message.submitted.isConfirmed() ? "confirmed " : "kept ";
    return new Violation(
        Invariant.NO_CONFIRMED_LOSS, confirmed + item + " of " + queue + " " + how);
  }

  /** Whether nothing is owed to anybody who can get it. */
  boolean isDone() {
    for (ExpectedQueue queue : allQueues()) {
      if (queue.attached && queue.live().stream().anyMatch(this::isOwed)) {
        return false;
      }
    }
    return true;
  }

  /** Everything was given time: nothing may be owed any more. */
  void checkDone() {
    for (ExpectedQueue queue : allQueues()) {
      for (Item item : queue.live()) {
        if (queue.attached && isOwed(item)) {
          throw lost(queue, item, "is not delivered, though everything works");
        }
      }
    }
  }

  /** A subscriber that can be reached and is idle is overdue nothing. */
  void checkDeadlines(String subscriber) {
    for (ExpectedQueue queue : queuesOfSubscriber(subscriber)) {
      if (queue.deadlineNanos != 0
          && queue.attached
          && !pauses.cover(queue.topic, subscriber)
          && clock.elapsedNanos() - queue.deadlineNanos > LATE_NANOS
          && queue.out.stream().anyMatch(i -> i.state == Item.State.SENT && isOwed(i))) {
        throw new Violation(
            Invariant.REDELIVERED_IN_TIME,
            "what was sent of " + queue + " was due " + LATE_NANOS / 1_000_000 + " ms ago");
      }
    }
  }

  /** How many messages wait for somebody. */
  int backlog() {
    int backlog = 0;
    for (ExpectedQueue queue : allQueues()) {
      backlog = Math.max(backlog, queue.live().size());
    }
    return backlog;
  }

  /** Whether everything is done with that was ever published to a topic. */
  boolean isEmpty(String topic) {
    return queuesOf(topic).stream().allMatch(queue -> queue.live().isEmpty());
  }

  private Collection<ExpectedQueue> queuesOf(String topic) {
    return queues.getOrDefault(topic, Map.of()).values();
  }

  private @Nullable ExpectedQueue queue(String topic, String subscriber) {
    return queues.getOrDefault(topic, Map.of()).get(subscriber);
  }

  private List<ExpectedQueue> allQueues() {
    List<ExpectedQueue> all = new ArrayList<>();
    queues.values().forEach(topic -> all.addAll(topic.values()));
    return all;
  }

  private List<ExpectedQueue> queuesOfSubscriber(String subscriber) {
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
