package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The expected behaviour of a topic, in lists that are searched from end to end: section 4 of the
 * specification, written once more without regard to speed.
 *
 * <p>Each subscriber has a list of messages that were never sent, a list of messages to be sent
 * again, and the batch in flight. The payload of a message with a producer's key is always that of
 * the newest version, which the model keeps by key.
 */
final class QueueModel {
  /**
   * One published message. The number distinguishes messages.
   *
   * @param key the key under which newer versions replace it; a requeued message without a
   *     producer's key has a unique key
   * @param keyed whether a producer gave it that key
   * @param first its number at its first publication, before it died and was requeued
   */
  record Version(
      long number,
      @Nullable Bytes key,
      Bytes payload,
      @Nullable Instant expires,
      long expiresAtMillis,
      int priority,
      boolean keyed,
      long first) {}

  /** A message that died for a subscriber. */
  record Dead(Version version, Letter letter) {
    String subscriber() {
      return letter.origin().subscriber();
    }
  }

  /**
   * A waiting message.
   *
   * @param version the message; for a keyed one that waits to be sent again, the version that was
   *     sent
   * @param priority the priority of its place, from when it got the place
   * @param turn its order within a priority
   * @param attempts the number of pushes of this version
   * @param savedAttempts how many of these a restart must remember
   * @param returned whether it was chosen before without success
   */
  record Waiting(
      Version version,
      int priority,
      long turn,
      int attempts,
      int savedAttempts,
      boolean returned) {}

  /**
   * A nacked message that is not due.
   *
   * @param dueNanos by the monotonic clock; null after a restart, until the due time is requested
   * @param untilMillis the same by the wall clock
   * @param millis the length of its pause
   */
  record Nacked(Waiting message, @Nullable Long dueNanos, long untilMillis, long millis) {}

  /** A nack and its moment. */
  record NackAt(Nack nack, long nanos, long millis) {}

  /** A message in flight with a worker, and its state when it waited. */
  static final class Out {
    final int worker;
    final Version version;
    final @Nullable Waiting again;
    final @Nullable Waiting queued;
    int attempts;
    int savedAttempts;
    final Waiting place;
    boolean acknowledgedEarly;
    boolean evicted;
    @Nullable NackAt nackedEarly;

    Out(
        int worker,
        Version version,
        Waiting place,
        @Nullable Waiting again,
        @Nullable Waiting queued) {
      this.worker = worker;
      this.version = version;
      this.place = place;
      this.again = again;
      this.queued = queued;
      if (again != null && again.version.number == version.number) {
        this.attempts = again.attempts;
        this.savedAttempts = again.savedAttempts;
      }
    }

    Out(Out other) {
      this(other.worker, other.version, other.place, other.again, other.queued);
      this.attempts = other.attempts;
      this.savedAttempts = other.savedAttempts;
      this.acknowledgedEarly = other.acknowledgedEarly;
      this.evicted = other.evicted;
      this.nackedEarly = other.nackedEarly;
    }
  }

  /** One subscriber. */
  static final class Queue {
    boolean attached = true;
    Set<Integer> pushing = new HashSet<>();
    Set<Integer> redeliverWhenPushed = new HashSet<>();
    boolean unsure;
    List<Waiting> queued = new ArrayList<>();
    List<Waiting> again = new ArrayList<>();
    List<Out> out = new ArrayList<>();
    List<Waiting> spent = new ArrayList<>();
    List<Waiting> killed = new ArrayList<>();
    List<Nacked> nacked = new ArrayList<>();

    Queue() {}

    Queue(Queue other) {
      attached = other.attached;
      pushing = new HashSet<>(other.pushing);
      redeliverWhenPushed = new HashSet<>(other.redeliverWhenPushed);
      unsure = other.unsure;
      queued = new ArrayList<>(other.queued);
      again = new ArrayList<>(other.again);
      other.out.forEach(o -> out.add(new Out(o)));
      spent = new ArrayList<>(other.spent);
      killed = new ArrayList<>(other.killed);
      nacked = new ArrayList<>(other.nacked);
    }

    /** The batch in flight with a worker. */
    List<Out> outWith(int worker) {
      return out.stream().filter(each -> each.worker == worker).toList();
    }

    boolean isPushing(Out message) {
      return pushing.contains(message.worker);
    }

    /** Whether a version waits for another of its key that is in flight with another worker. */
    boolean isHeld(Waiting waiting, int worker) {
      return waiting.version.key != null
          && out.stream()
              .anyMatch(
                  each -> each.worker != worker && waiting.version.key.equals(each.version.key));
    }
  }

  /** The expected delivery; the broker chooses the key of a message without one. */
  record Expected(Version version, int priority, int attempt) {}

  TopicSettings settings;
  final Map<String, Queue> queues = new LinkedHashMap<>();
  private final Map<Bytes, Version> newest = new HashMap<>();
  private final Set<Long> dismissed = new HashSet<>();
  final List<Dead> dead = new ArrayList<>();
  private long numbers;
  private long turns;

  QueueModel(TopicSettings settings) {
    this.settings = settings;
    settings.subscribers().forEach(name -> queues.put(name, new Queue()));
  }

  QueueModel(QueueModel other) {
    settings = other.settings;
    other.queues.forEach((name, queue) -> queues.put(name, new Queue(queue)));
    newest.putAll(other.newest);
    dismissed.addAll(other.dismissed);
    dead.addAll(other.dead);
    numbers = other.numbers;
    turns = other.turns;
  }

  // ---- 4.3, 4.4: publishing -------------------------------------------------------------------

  void publish(List<Message> messages, long nowMillis) {
    if (queues.values().stream().anyMatch(queue -> queue.attached)) {
      messages.forEach(message -> publish(message, nowMillis));
    }
  }

  private void publish(Message message, long nowMillis) {
    Bytes key = settings.dedupe() ? message.key() : null;
    long expiresAtMillis =
        message.expires() == null ? Entry.NEVER : message.expires().toEpochMilli();
    Version version =
        new Version(
            ++numbers,
            key,
            message.payload(),
            message.expires(),
            expiresAtMillis,
            settings.nearestPriority(message.priority()),
            key != null,
            numbers);
    if (!settings.expire() && message.expires() != null) {
      dismissed.add(version.number);
    }
    if (key != null) {
      Version older = newest.get(key);
      if (older != null && isExpired(older, nowMillis)) {
        remove(older);
      }
      newest.put(key, version);
    }
    turns++;
    for (Queue queue : queues.values()) {
      if (queue.attached) {
        publish(queue, version);
      }
    }
  }

  private void publish(Queue queue, Version version) {
    Waiting end = new Waiting(version, version.priority, turns, 0, 0, false);
    if (version.key != null) {
      queue.nacked.removeIf(nacked -> version.key.equals(nacked.message.version.key));
    }
    for (int i = 0; version.key != null && i < queue.queued.size(); i++) {
      Waiting older = queue.queued.get(i);
      if (version.key.equals(older.version.key)) {
        boolean higher = version.priority < effective(older.priority);
        queue.queued.set(i, higher ? end : inPlaceOf(older, version));
        return;
      }
    }
    queue.queued.add(end);
  }

  private static Waiting inPlaceOf(Waiting older, Version version) {
    return new Waiting(version, older.priority, older.turn, 0, 0, older.returned);
  }

  // ---- 4.1, 4.2, 4.7: choosing ----------------------------------------------------------------

  /** Whether there is a message to send to a worker now. */
  boolean isReady(String subscriber, int worker) {
    Queue queue = queues.get(subscriber);
    return queue.outWith(worker).isEmpty()
        && (!queue.again.isEmpty()
            || queue.queued.stream().anyMatch(waiting -> !queue.isHeld(waiting, worker)));
  }

  /**
   * Whether only an attempt can show that there is nothing to send: a message waits for an older
   * version, or would if a push failed.
   */
  boolean isPerhapsReady(String subscriber, int worker) {
    Queue queue = queues.get(subscriber);
    return queue.outWith(worker).isEmpty() && !queue.out.isEmpty();
  }

  /**
   * Sends the next batch; empty if there is nothing to send. Omits messages that wait for an older
   * version in flight with another worker.
   */
  List<Expected> choose(String subscriber, int worker, BatchLimits limits, long nowMillis) {
    Queue queue = queues.get(subscriber);
    List<Expected> batch = new ArrayList<>();
    long bytes = 0;
    for (Waiting candidate : inOrder(queue)) {
      if (batch.size() == limits.messagesMax()) {
        break;
      }
      boolean again = queue.again.contains(candidate);
      if (!again && !queue.queued.contains(candidate)) {
        continue; // it is in the batch, in the place of an older one
      }
      if (!again && queue.isHeld(candidate, worker)) {
        continue;
      }
      Version version = newestOf(candidate);
      if (version == null || isExpired(version, nowMillis)) {
        (again ? queue.again : queue.queued).remove(candidate);
        if (!again) {
          queue.again.remove(find(queue.again, candidate));
        }
        continue;
      }
      int length = version.payload.length();
      if (!batch.isEmpty() && bytes + length > limits.payloadBytesMax()) {
        break;
      }
      bytes += length;
      Out out = take(queue, worker, candidate, version);
      batch.add(new Expected(version, effective(version.priority), out.attempts + 1));
    }
    if (!batch.isEmpty()) {
      queue.pushing.add(worker);
    }
    return batch;
  }

  private Out take(Queue queue, int worker, Waiting candidate, Version version) {
    Waiting again = find(queue.again, candidate);
    Waiting queued = find(queue.queued, candidate);
    Out out = new Out(worker, version, candidate, again, queued);
    queue.again.remove(again);
    queue.queued.remove(queued);
    queue.out.add(out);
    return out;
  }

  /** All waiting messages in the order of sending: by priority, redeliveries first. */
  private List<Waiting> inOrder(Queue queue) {
    Comparator<Waiting> order =
        Comparator.<Waiting>comparingInt(w -> effective(w.priority))
            .thenComparing(w -> !queue.again.contains(w))
            .thenComparingLong(w -> w.turn);
    List<Waiting> all = new ArrayList<>(queue.again);
    all.addAll(queue.queued);
    all.sort(order);
    return all;
  }

  void pushed(String subscriber, int worker) {
    Queue queue = queues.get(subscriber);
    queue.pushing.remove(worker);
    queue.out.removeIf(out -> out.worker == worker && out.acknowledgedEarly);
    queue.outWith(worker).forEach(out -> out.attempts++);
    for (Out out : queue.outWith(worker)) {
      if (out.nackedEarly != null) {
        nack(queue, out, out.nackedEarly);
      }
    }
    if (queue.redeliverWhenPushed.remove(worker)) {
      redeliver(queue, worker);
    }
  }

  void failed(String subscriber, int worker) {
    failed(queues.get(subscriber), worker);
  }

  private void failed(Queue queue, int worker) {
    queue.pushing.remove(worker);
    queue.redeliverWhenPushed.remove(worker);
    List<Out> outs = queue.outWith(worker);
    queue.out.removeAll(outs);
    for (Out out : outs) {
      if (out.place.equals(out.again) && !out.acknowledgedEarly && !out.evicted) {
        queue.again.add(out.again);
      }
      if (out.queued != null && !out.evicted) {
        returnToQueue(queue, out);
      }
    }
  }

  /** Messages published meanwhile replace returned ones that were never sent. */
  private void returnToQueue(Queue queue, Out out) {
    Waiting back = out.queued;
    Waiting newer = out.version.key == null ? null : find(queue.queued, back);
    Waiting returned =
        new Waiting(
            out.version, back.priority, back.turn, 0, 0, out.place.equals(back) || back.returned);
    if (newer == null) {
      if (out.version.key == null || out.version.equals(newest.get(out.version.key))) {
        queue.queued.add(returned);
      }
    } else if (out.place.equals(back) && newer.priority >= effective(back.priority)) {
      queue.queued.remove(newer);
      queue.queued.add(inPlaceOf(returned, newer.version));
    }
  }

  // ---- 4.4, 4.6: acknowledging, redelivering --------------------------------------------------

  /**
   * The subscriber is done with the delivered version. During a push, the acknowledgement of a
   * producer's key may apply to the version in the batch or to an older one; the end of the push
   * decides.
   */
  void acknowledge(String subscriber, long number, @Nullable Bytes key) {
    Queue queue = queues.get(subscriber);
    for (Out out : List.copyOf(queue.out)) {
      if (isNamed(out.version, number, key)) {
        if (queue.isPushing(out) && key != null && out.attempts == 0) {
          out.acknowledgedEarly = true;
        } else {
          queue.out.remove(out);
        }
        return;
      }
    }
    queue.again.removeIf(waiting -> isNamed(waiting.version, number, key));
    queue.nacked.removeIf(nacked -> isNamed(nacked.message.version, number, key));
    if (key == null) {
      queue.queued.removeIf(waiting -> waiting.returned && isNamed(waiting.version, number, null));
    }
  }

  private static boolean isNamed(Version version, long number, @Nullable Bytes key) {
    return key == null ? version.key == null && version.number == number : key.equals(version.key);
  }

  void redeliver(String subscriber, int worker) {
    Queue queue = queues.get(subscriber);
    if (queue.pushing.contains(worker)) {
      queue.redeliverWhenPushed.add(worker);
    } else {
      redeliver(queue, worker);
    }
  }

  private static void redeliver(Queue queue, int worker) {
    List<Out> outs = queue.outWith(worker);
    queue.out.removeAll(outs);
    for (Out out : outs) {
      if (!out.evicted) {
        Waiting again =
            new Waiting(
                out.version,
                out.place.priority,
                out.place.turn,
                out.attempts,
                out.savedAttempts,
                true);
        queue.again.add(again);
        queue.spent.add(again);
      }
    }
  }

  // ---- 4.13: nacks ----------------------------------------------------------------------------

  /** Nacks a message in flight; during its push, as soon as it is pushed. */
  void nack(String subscriber, int worker, long number, @Nullable Bytes key, NackAt nack) {
    Queue queue = queues.get(subscriber);
    for (Out out : queue.outWith(worker)) {
      if (isNamed(out.version, number, key) && !out.acknowledgedEarly) {
        if (queue.isPushing(out)) {
          out.nackedEarly = nack;
        } else {
          nack(queue, out, nack);
        }
      }
    }
  }

  private void nack(Queue queue, Out out, NackAt at) {
    queue.out.remove(out);
    if (out.evicted
        || (out.version.key != null && !out.version.equals(newest.get(out.version.key)))) {
      return;
    }
    Waiting message =
        new Waiting(
            out.version, out.place.priority, out.place.turn, out.attempts, out.savedAttempts, true);
    int max = settings.limits().deliveriesMax();
    if (at.nack.retryAfterMillis() == Nack.NEVER || (max > 0 && out.attempts >= max)) {
      queue.again.add(message);
      queue.spent.add(message);
      queue.killed.add(message);
      return;
    }
    long millis = at.nack.retryAfterMillis();
    if (millis == Nack.BY_ATTEMPTS) {
      millis = 1000;
      for (int i = 1; i < out.attempts; i++) {
        millis = Math.min(2 * millis, 300_000);
      }
    }
    if (millis == 0) {
      queue.again.add(message);
    } else {
      queue.nacked.add(
          new Nacked(message, at.nanos + millis * 1_000_000, at.millis + millis, millis));
    }
  }

  /** A nacked message that is due waits to be sent again. */
  boolean takeDue(String subscriber, long nowNanos, long nowMillis) {
    Queue queue = queues.get(subscriber);
    queue.nacked.replaceAll(
        nacked -> {
          if (nacked.dueNanos != null) {
            return nacked;
          }
          long left = Math.max(0, Math.min(nacked.untilMillis - nowMillis, nacked.millis));
          return new Nacked(nacked.message, nowNanos + left * 1_000_000, nowMillis + left, left);
        });
    boolean any = false;
    for (Nacked nacked : List.copyOf(queue.nacked)) {
      if (nacked.dueNanos - nowNanos <= 0) {
        queue.nacked.remove(nacked);
        queue.again.add(nacked.message);
        any = true;
      }
    }
    return any;
  }

  // ---- 4.14: requeueing -----------------------------------------------------------------------

  /** Whether a dead message can be queued for its subscriber again, if there is room. */
  boolean canRequeue(Dead dead, long nowMillis) {
    Bytes key = requeuedKey(dead);
    Version current = key == null ? null : needed(key);
    if (isExpired(dead.version, nowMillis)) {
      return false;
    }
    if (current == null || isExpired(current, nowMillis)) {
      return true;
    }
    Queue queue = queues.get(dead.subscriber());
    boolean others = queues.values().stream().anyMatch(q -> q != queue && holds(q, key));
    return current.first == dead.version.first
        ? !holds(queue, key)
        : !others && current.first < dead.version.first;
  }

  /** The key of the newest requeued message. */
  Bytes lastRequeuedKey() {
    return Bytes.utf8("requeued " + numbers);
  }

  private @Nullable Bytes requeuedKey(Dead dead) {
    return settings.dedupe() && dead.version.keyed ? dead.version.key : null;
  }

  /** The newest version of a key that some subscriber has not finished. */
  private @Nullable Version needed(Bytes key) {
    return queues.values().stream().anyMatch(queue -> holds(queue, key)) ? newest.get(key) : null;
  }

  private static boolean holds(Queue queue, Bytes key) {
    return queue.out.stream().anyMatch(out -> key.equals(out.version.key))
        || queue.again.stream().anyMatch(waiting -> key.equals(waiting.version.key))
        || queue.nacked.stream().anyMatch(nacked -> key.equals(nacked.message.version.key))
        || queue.queued.stream().anyMatch(waiting -> key.equals(waiting.version.key));
  }

  /**
   * Only its subscriber gets it, at the end of its priority; the queues of others do not change.
   */
  void requeue(Dead message, long nowMillis) {
    dead.remove(message);
    Queue queue = queues.get(message.subscriber());
    int priority = settings.nearestPriority(message.letter.origin().priority());
    Bytes key = requeuedKey(message);
    Version current = key == null ? null : needed(key);
    if (current != null && isExpired(current, nowMillis)) {
      remove(current);
      current = null;
    }
    turns++;
    if (current != null && current.first == message.version.first) {
      queue.queued.add(new Waiting(current, priority, turns, 0, 0, false));
      return;
    }
    if (current == null) {
      dismissOlder(key, queue);
    }
    Version old = message.version;
    numbers++;
    Version version =
        new Version(
            numbers,
            key == null ? Bytes.utf8("requeued " + numbers) : key,
            old.payload,
            old.expires,
            old.expiresAtMillis,
            priority,
            key != null,
            key == null ? numbers : old.first);
    if (!settings.expire() && old.expires != null) {
      dismissed.add(version.number);
    }
    newest.put(version.key, version);
    publish(queue, version);
  }

  /** Versions in flight with others are not sent again if nothing of their key was kept. */
  private void dismissOlder(@Nullable Bytes key, Queue requeuedFor) {
    for (Queue queue : queues.values()) {
      if (queue != requeuedFor) {
        queue.out.stream()
            .filter(out -> key != null && key.equals(out.version.key))
            .forEach(out -> out.evicted = true);
      }
    }
  }

  // ---- limits ---------------------------------------------------------------------------------

  /** Messages that die for a subscriber: sent as often as allowed, and to be sent again. */
  List<Version> takeDead(String subscriber, long nowMillis) {
    Queue queue = queues.get(subscriber);
    List<Version> dead = new ArrayList<>();
    int max = settings.limits().deliveriesMax();
    List<Waiting> spent = new ArrayList<>(queue.spent);
    spent.sort(Comparator.comparingLong(Waiting::turn));
    List<Waiting> killed = List.copyOf(queue.killed);
    queue.spent.clear();
    queue.killed.clear();
    for (Waiting waiting : spent) {
      Version current = newestOf(waiting);
      if (((max > 0 && waiting.attempts >= max) || killed.contains(waiting))
          && current != null
          && current.number == waiting.version.number
          && !isExpired(current, nowMillis)
          && queue.again.remove(waiting)) {
        dead.add(current);
      }
    }
    return dead;
  }

  /** All messages that some subscriber has not acknowledged; two versions of one key count once. */
  private Map<Object, Version> retained() {
    Map<Object, Version> retained = new HashMap<>();
    for (Queue queue : queues.values()) {
      queue.queued.forEach(waiting -> retain(retained, waiting.version));
      queue.again.forEach(waiting -> retain(retained, waiting.version));
      queue.nacked.forEach(nacked -> retain(retained, nacked.message.version));
      for (Out out : queue.out) {
        if (!out.evicted) {
          retain(retained, out.version);
        }
      }
    }
    return retained;
  }

  private void retain(Map<Object, Version> retained, Version version) {
    Version current = version.key == null ? version : newest.get(version.key);
    if (current != null) {
      retained.put(version.key == null ? (Object) version.number : version.key, current);
    }
  }

  long retainedMessages() {
    return retained().size();
  }

  long retainedBytes() {
    return retained().values().stream().mapToLong(QueueModel::size).sum();
  }

  private static long size(Version version) {
    return version.payload.length() + (version.keyed ? version.key.length() : 0L);
  }

  /**
   * Whether messages fit within the bound, if the messages that they replace make room for them.
   */
  boolean hasRoom(List<Message> messages) {
    Map<Object, Long> sizes = new HashMap<>();
    retained().forEach((name, version) -> sizes.put(name, size(version)));
    long before = sizes.values().stream().mapToLong(Long::longValue).sum();
    long count = sizes.size();
    for (Message message : messages) {
      Bytes key = settings.dedupe() ? message.key() : null;
      long size = message.payload().length() + (key == null ? 0L : key.length());
      sizes.put(key == null ? new Object() : key, size);
    }
    long after = sizes.values().stream().mapToLong(Long::longValue).sum();
    return (sizes.size() <= count || isWithin(sizes.size(), settings.limits().messagesMax()))
        && (after <= before || isWithin(after, settings.limits().bytesMax()));
  }

  private static boolean isWithin(long wanted, long max) {
    return max == 0 || wanted <= max;
  }

  /** Drops the oldest messages of the lowest priority until there is room. */
  long makeRoom(List<Message> messages) {
    long evicted = 0;
    while (!hasRoom(messages)) {
      evict(oldest());
      evicted++;
    }
    return evicted;
  }

  private Version oldest() {
    List<Waiting> candidates = new ArrayList<>();
    for (Queue queue : queues.values()) {
      candidates.addAll(queue.queued);
      queue.again.stream().filter(waiting -> !isHidden(queue, waiting)).forEach(candidates::add);
      queue.nacked.forEach(nacked -> candidates.add(nacked.message));
      for (Out out : queue.out) {
        boolean replaced =
            out.version.key != null && !out.version.equals(newest.get(out.version.key));
        if (!out.evicted && !replaced) {
          candidates.add(out.place);
          if (queue.isPushing(out) && out.queued != null) {
            candidates.add(out.queued); // its place if the push failed
          }
        }
      }
    }
    candidates.removeIf(waiting -> newestOf(waiting) == null);
    candidates.sort(
        Comparator.<Waiting>comparingInt(waiting -> -effective(waiting.priority))
            .thenComparingLong(waiting -> waiting.turn));
    return newestOf(candidates.get(0));
  }

  /** It is in no queue any more; in flight it stays in flight, and is not sent again. */
  private void evict(Version version) {
    for (Queue queue : queues.values()) {
      for (Out out : queue.out) {
        out.evicted |= isNamed(out.version, version.number, version.key);
      }
      removeKeyOf(queue, new Waiting(version, 0, 0, 0, 0, false));
    }
    if (version.key != null) {
      newest.remove(version.key);
    }
  }

  // ---- 4.5: expiry ----------------------------------------------------------------------------

  private boolean isExpired(Version version, long nowMillis) {
    return settings.expire() && version.expiresAtMillis <= nowMillis;
  }

  /** All due messages were asked to expire: each does, or never will by itself if expiry is off. */
  void sweep(long nowMillis) {
    List<Version> due = new ArrayList<>();
    for (Version version : kept()) {
      if (version.expiresAtMillis <= nowMillis && !dismissed.contains(version.number)) {
        due.add(version);
      }
    }
    for (Version version : due) {
      if (settings.expire()) {
        remove(version);
      } else {
        dismissed.add(version.number);
      }
    }
    for (Queue queue : queues.values()) {
      queue.out.removeIf(out -> !queue.isPushing(out) && isExpired(out.version, nowMillis));
    }
  }

  /** A dismissed message is on the list again, since its place was stored again. */
  void listedAgain(Bytes key) {
    dismissed.remove(newest.get(key).number);
  }

  private Set<Version> kept() {
    Set<Version> kept = new HashSet<>(newest.values());
    for (Queue queue : queues.values()) {
      queue.queued.forEach(waiting -> kept.add(waiting.version));
      queue.again.forEach(waiting -> kept.add(waiting.version));
      queue.nacked.forEach(nacked -> kept.add(nacked.message.version));
      queue.out.stream().filter(out -> !out.evicted).forEach(out -> kept.add(out.version));
    }
    kept.removeIf(version -> version.key != null && !version.equals(newest.get(version.key)));
    return kept;
  }

  private void remove(Version version) {
    for (Queue queue : queues.values()) {
      queue.out.removeIf(out -> out.version.number == version.number);
      Waiting named = new Waiting(version, 0, 0, 0, 0, false);
      removeKeyOf(queue, named);
    }
    if (version.key != null) {
      newest.remove(version.key);
    }
  }

  /** The messages with this payload are in no queue, and in flight with no worker. */
  void delete(String subscriber, Bytes payload) {
    Queue queue = queues.get(subscriber);
    Version version =
        queue.out.stream()
            .filter(out -> !out.evicted)
            .map(out -> out.version)
            .filter(sent -> sent.payload.equals(payload))
            .findFirst()
            .orElseGet(() -> versionOf(subscriber, payload));
    for (Queue each : queues.values()) {
      each.out.removeIf(out -> isNamed(out.version, version.number, version.key));
    }
    remove(version);
  }

  private static void removeKeyOf(Queue queue, Waiting waiting) {
    queue.again.remove(find(queue.again, waiting));
    queue.queued.remove(find(queue.queued, waiting));
    queue.nacked.removeIf(
        nacked -> isNamed(nacked.message.version, waiting.version.number, waiting.version.key));
  }

  private static @Nullable Waiting find(List<Waiting> among, Waiting like) {
    for (Waiting waiting : among) {
      if (isNamed(waiting.version, like.version.number, like.version.key)) {
        return waiting;
      }
    }
    return null;
  }

  /**
   * Whether a newer version goes ahead of the older one that waits to be sent again, and so
   * replaces it.
   */
  private boolean isHidden(Queue queue, Waiting again) {
    Waiting newer = find(queue.queued, again);
    return newer != null && effective(newer.priority) < effective(again.priority);
  }

  private @Nullable Version newestOf(Waiting waiting) {
    Bytes key = waiting.version.key;
    return key == null ? waiting.version : newest.get(key);
  }

  private int effective(int priority) {
    return settings.nearestPriority(priority);
  }

  // ---- 4.8, 4.10: opening anew ----------------------------------------------------------------

  /** The numbers of deliveries are on the disk. */
  void saved() {
    for (Queue queue : queues.values()) {
      if (queue.unsure) {
        continue;
      }
      queue.again.replaceAll(
          w -> new Waiting(w.version, w.priority, w.turn, w.attempts, w.attempts, w.returned));
      queue.nacked.replaceAll(
          n -> {
            Waiting w = n.message;
            Waiting saved =
                new Waiting(w.version, w.priority, w.turn, w.attempts, w.attempts, w.returned);
            return new Nacked(saved, n.dueNanos, n.untilMillis, n.millis);
          });
      queue.out.forEach(out -> out.savedAttempts = out.attempts);
    }
  }

  /** Sent messages are sent again; the attached subscribers get messages published from now on. */
  void reopen(TopicSettings changed, boolean crashed) {
    settings = changed;
    for (Queue queue : queues.values()) {
      for (int worker : List.copyOf(queue.pushing)) {
        queue.outWith(worker).forEach(out -> out.acknowledgedEarly = false);
        failed(queue, worker);
      }
      queue.out.removeIf(out -> out.evicted);
      for (Out out : List.copyOf(queue.out)) {
        redeliver(queue, out.worker);
      }
      queue.spent.clear(); // a restart kills no message
      queue.killed.clear();
      queue.nacked.removeIf(nacked -> newestOf(nacked.message) == null);
      queue.nacked.replaceAll(n -> new Nacked(n.message, null, n.untilMillis, n.millis));
      queue.again.removeIf(waiting -> newestOf(waiting) == null);
      queue.unsure |= crashed;
    }
    queues.forEach((name, queue) -> queue.attached = changed.subscribers().contains(name));
    changed.subscribers().forEach(name -> queues.computeIfAbsent(name, n -> new Queue()));
  }

  /** A topic's state of a message after a crash. */
  record Seen(Version version, boolean again, int attempt) {}

  /**
   * After a crash the deliveries since the last save, and their number, may be forgotten, and
   * nothing else.
   *
   * @return the difference; null if there is none
   */
  @Nullable String recall(String subscriber, List<Seen> seen) {
    Queue queue = queues.get(subscriber);
    queue.unsure = false;
    List<Waiting> forgotten = new ArrayList<>(queue.again);
    for (Seen message : seen) {
      Waiting like = new Waiting(message.version, 0, 0, 0, 0, false);
      Waiting again = find(forgotten, like);
      if (!message.again) {
        continue;
      }
      if (again == null) {
        return message + " was never sent";
      }
      boolean sameVersion = again.version.number == message.version.number;
      int attempts = sameVersion ? message.attempt - 1 : again.attempts;
      if (attempts > again.attempts || attempts < again.savedAttempts) {
        return message + " was sent " + again.attempts + " times, saved " + again.savedAttempts;
      }
      forgotten.remove(again);
      queue.again.set(
          queue.again.indexOf(again),
          new Waiting(again.version, again.priority, again.turn, attempts, attempts, true));
    }
    for (Waiting lost : forgotten) {
      Waiting newer = find(queue.queued, lost);
      Version newest = newestOf(lost);
      if (newest == null || isHidden(queue, lost)) {
        continue;
      }
      if (newer != null && newer.priority < effective(lost.priority)) {
        queue.again.remove(lost);
        continue;
      }
      if (lost.savedAttempts > 0) {
        return "that " + lost.version.number + " was sent is forgotten";
      }
      queue.again.remove(lost);
      queue.queued.remove(newer);
      queue.queued.add(new Waiting(newest, lost.priority, lost.turn, 0, 0, true));
    }
    return null;
  }

  // ---- looking --------------------------------------------------------------------------------

  /** The number of waiting messages; two versions of one message count once. */
  long backlog(String subscriber) {
    Queue queue = queues.get(subscriber);
    return queue.queued.size()
        + queue.again.stream().filter(waiting -> find(queue.queued, waiting) == null).count();
  }

  long inFlight(String subscriber) {
    return queues.get(subscriber).out.size();
  }

  /** The messages in flight and then the waiting ones, in the order of sending. */
  List<Expected> peek(String subscriber, long nowMillis) {
    Queue queue = queues.get(subscriber);
    List<Expected> peeked = new ArrayList<>();
    for (Out out : queue.out) {
      Version kept = out.version.key == null ? out.version : newest.get(out.version.key);
      if (kept != null && !out.evicted) {
        Version shown = kept.equals(out.version) ? kept : replaced(out);
        int attempt = out.attempts + (queue.isPushing(out) ? 1 : 0);
        peeked.add(new Expected(shown, effective(shown.priority), attempt));
      }
    }
    Set<Version> shown = new HashSet<>();
    for (Waiting waiting : inOrder(queue)) {
      Version version = newestOf(waiting);
      if (version != null && !isExpired(version, nowMillis) && shown.add(version)) {
        Waiting again = find(queue.again, waiting);
        boolean same = again != null && again.version.number == version.number;
        int attempt = 1 + (same ? again.attempts : 0);
        peeked.add(new Expected(version, effective(version.priority), attempt));
      }
    }
    return peeked;
  }

  /** The nacked messages that are not due, in no order. */
  List<Expected> peekNacked(String subscriber, long nowMillis) {
    List<Expected> peeked = new ArrayList<>();
    for (Nacked nacked : queues.get(subscriber).nacked) {
      Version version = newestOf(nacked.message);
      if (version != null && !isExpired(version, nowMillis)) {
        boolean same = nacked.message.version.number == version.number;
        int attempt = 1 + (same ? nacked.message.attempts : 0);
        peeked.add(new Expected(version, effective(version.priority), attempt));
      }
    }
    return peeked;
  }

  long nacked(String subscriber) {
    return queues.get(subscriber).nacked.size();
  }

  /** The known state of a message in flight that was replaced. */
  private static Version replaced(Out out) {
    Version version = out.version;
    return new Version(
        version.number,
        version.key,
        Bytes.EMPTY,
        null,
        Entry.NEVER,
        out.place.priority,
        version.keyed,
        version.first);
  }

  /** The message with this payload, which each subscriber has once. */
  Version versionOf(String subscriber, Bytes payload) {
    Queue queue = queues.get(subscriber);
    List<Waiting> waiting = new ArrayList<>(queue.again);
    waiting.addAll(queue.queued);
    queue.nacked.forEach(nacked -> waiting.add(nacked.message));
    for (Waiting message : waiting) {
      Version version = newestOf(message);
      if (version != null && version.payload.equals(payload)) {
        return version;
      }
    }
    throw new AssertionError("nothing kept has the payload " + payload.text());
  }

  /** Whether no subscriber has anything left. */
  boolean isEmpty() {
    return queues.values().stream()
        .allMatch(
            queue ->
                queue.out.isEmpty()
                    && queue.again.isEmpty()
                    && queue.queued.isEmpty()
                    && queue.nacked.isEmpty());
  }

  /**
   * Whether a message was published or expired while expiry was off, so that it is found only in
   * passing.
   */
  boolean dismissedAny() {
    return !dismissed.isEmpty();
  }

  /** A delivery as text of the model, for comparison. */
  static String line(Expected expected) {
    return line(
        expected.version.payload, expected.priority, expected.attempt, expected.version.expires);
  }

  static String line(Delivery delivery) {
    return line(delivery.payload(), delivery.priority(), delivery.attempt(), delivery.expires());
  }

  private static String line(Bytes payload, int priority, int attempt, @Nullable Instant expires) {
    String text = payload.text();
    String name = text.substring(0, text.indexOf('.') + 1);
    return name + " p" + priority + " attempt " + attempt + (expires == null ? "" : " " + expires);
  }
}
