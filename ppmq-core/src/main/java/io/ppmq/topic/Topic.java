package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Progress;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A topic: a message published to it is kept once, and every subscriber gets it in order of
 * priority, first in first out within one, until it is acknowledged, expires, or is replaced by a
 * newer message of its key.
 *
 * <p>There is one {@link Log} per priority and one {@link SubscriberQueue} per subscriber: cursors
 * into those logs. With dedupe, the {@link KeyedMessages} are kept under their keys and the logs
 * hold the places where they wait.
 *
 * <p>One thread owns a topic. Commands take effect in memory at once and in the store with its next
 * commit, before which {@link #flush} must be called. Until the commit is kept the {@link
 * CommitBarrier} must stand before it, so that no message is delivered that might be lost. After a
 * {@link StoreException} from a command the topic must not be used again; open a new one.
 */
public final class Topic {
  private final TopicContents contents;
  private TopicSettings settings;
  private final TopicStore store;
  private final Ids ids;
  private final Queues queues;
  private final Logs logs;
  private final KeyedMessages keyedMessages;
  private final RetainedCount retained;
  private final Endings endings;
  private final Uncommitted uncommitted = new Uncommitted();
  private final Arrivals arrivals;
  private final Delaying delaying;
  private final TopicRoom room;
  private final Expiry expiry;

  private Topic(
      TopicSettings settings, TopicStore store, Ids ids, String nonce, CommitBarrier barrier) {
    this.settings = settings;
    this.store = store;
    this.ids = ids;
    this.contents = new TopicContents(settings, store, nonce, barrier);
    this.queues = new Queues(contents);
    this.logs = new Logs(store, queues);
    this.retained = new RetainedCount(contents, queues);
    this.keyedMessages = new KeyedMessages(contents, queues, retained);
    this.endings = new Endings(keyedMessages, retained);
    this.arrivals = new Arrivals(contents, ids, queues, logs, keyedMessages, retained, uncommitted);
    this.delaying = new Delaying(contents, arrivals);
    Eviction eviction = new Eviction(contents, queues, keyedMessages, retained);
    this.room = new TopicRoom(contents, retained, eviction, endings, uncommitted);
    this.expiry = new Expiry(contents, queues, keyedMessages, retained, endings);
  }

  /**
   * Opens a topic as the store has it. Messages that were sent and not acknowledged wait to be sent
   * again. A subscriber that the topic never had begins with the messages published from now on.
   * One that the settings no longer name keeps its messages and gets no new ones.
   *
   * @param nonce {@link io.ppmq.store.Store#nonce()}
   * @param barrier limits the messages that may be chosen; the same for all topics of a store
   */
  public static Topic open(
      TopicSettings settings, TopicStore store, Ids ids, String nonce, CommitBarrier barrier) {
    Topic topic = new Topic(settings, store, ids, nonce, barrier);
    Map<String, Progress> progress = store.progress();
    topic.retained.resume();
    topic.logs.open(progress.values());
    progress.forEach(
        (subscriber, saved) -> {
          SubscriberQueue queue = topic.queues.add(subscriber);
          queue.resume(topic.logs.all(), saved);
          topic.keyedMessages.returnToPlaces(queue);
        });
    topic.queues.divide(topic.logs.all(), ids.take(1));
    topic.retained.settle();
    return topic;
  }

  /**
   * Applies other settings. A subscriber that they name again continues with its old messages, if
   * it ever was the topic's, and gets the messages published from now on. One that they no longer
   * name keeps its messages, and those that are out with it wait. All others are not touched: their
   * messages stay out.
   */
  public void apply(TopicSettings next) {
    if (!next.name().equals(settings.name())) {
      throw new IllegalArgumentException(settings.name() + " cannot become " + next.name());
    }
    logs.flush(); // so that no entry lies on both sides of an absence's edge
    for (SubscriberQueue queue : queues.attached()) {
      if (!next.subscribers().contains(queue.subscriber())) {
        handle(queue).takeBackAll();
      }
    }
    settings = next;
    contents.apply(next);
    queues.all().forEach(queue -> queue.apply(next));
    queues.divide(logs.all(), ids.take(1));
    retained.settle();
    endings.noteTrimDue();
  }

  /** The configuration of this topic. */
  public TopicSettings settings() {
    return settings;
  }

  /** The names of all subscribers it has messages for, attached or not. */
  public Set<String> subscribers() {
    return queues.subscribers();
  }

  // ---- publishing -----------------------------------------------------------------------------

  /**
   * Queues messages, at least one, in their order, for every subscriber. A message whose moment has
   * not come is kept until then.
   */
  public void publish(List<Message> messages, long nowMillis) {
    arrivals.publish(messages, nowMillis);
  }

  /**
   * Queues dead letters of other topics, at least one, for every subscriber; without any subscriber
   * they are stored nevertheless. Each has a key that no producer uses, so that it can be removed
   * by itself. A bound refuses none of them.
   */
  public void bury(List<Letter> letters, long nowMillis) {
    arrivals.bury(letters, nowMillis);
  }

  /**
   * The reason, in a sentence, why the message of a dead letter cannot be requeued for the
   * subscriber for which it died, which is attached; null when it can, if there is room.
   */
  public @Nullable String requeueRefusal(Letter letter, long nowMillis) {
    return arrivals.requeueRefusal(letter, nowMillis);
  }

  /**
   * Queues the message of a dead letter for the subscriber for which it died and for no other, at
   * the end of its priority, as if it had never been sent. {@link #requeueRefusal} has not refused
   * it.
   */
  public void requeue(Letter letter, long nowMillis) {
    arrivals.requeue(letter, nowMillis);
  }

  /** The messages that are kept until their moment. */
  public Delaying delaying() {
    return delaying;
  }

  /** The room in the topic, if it has a bound. */
  public TopicRoom room() {
    return room;
  }

  // ---- delivering -----------------------------------------------------------------------------

  /** The operations of an attached subscriber in this topic; any other name is refused. */
  public SubscriberHandle subscriber(String name) {
    return handle(queues.attached(name));
  }

  private SubscriberHandle handle(SubscriberQueue queue) {
    return new SubscriberHandle(contents, queue, keyedMessages, endings, uncommitted);
  }

  // ---- expiring and giving back ---------------------------------------------------------------

  /**
   * Removes an expired item of this topic, as the store reports it.
   *
   * @return false when there is nothing to remove: it is gone, or expires later, or this topic does
   *     not let messages expire
   */
  public boolean expire(Expiring expiring) {
    return expiry.expire(expiring);
  }

  /**
   * The next moment at which {@link #expireOut} may have something to do, in milliseconds since the
   * epoch; {@link Entry#NEVER} when there is none.
   */
  public long nextEndMillis() {
    return expiry.nextEndMillis();
  }

  /**
   * Ends messages that are out with subscribers and have expired. The store does not report
   * messages that were replaced or evicted since they were sent, or that were published when
   * nothing was to expire.
   */
  public void expireOut(long nowMillis) {
    expiry.expireOut(nowMillis);
  }

  /** Whether {@link #trim} may have something to do. */
  public boolean isTrimDue() {
    return endings.isTrimDue();
  }

  /**
   * Drops messages that no subscriber needs any more, if anything was acknowledged since the last
   * call. The cost grows with the number of subscribers and of messages out, so it is done now and
   * then. When the disk refuses, the rest is dropped by a later call.
   */
  public void trim() {
    if (!endings.isTrimDue()) {
      return;
    }
    queues.saveCursors();
    for (Log log : logs.all()) {
      List<IdRanges.Range> needed = new ArrayList<>();
      for (SubscriberQueue queue : queues.all()) {
        queue.collectNeeded(log.priority(), needed);
      }
      log.trim(IdRanges.union(needed));
    }
    endings.trimmed(); // only now: what could not be read is trimmed again
  }

  // ---- purging --------------------------------------------------------------------------------

  /**
   * Drops, with the next commit, all queued messages for all subscribers, including those that are
   * out, so that an acknowledgement of them does nothing. A subscriber that is not attached is
   * forgotten. Delayed messages are dropped too. The cost does not depend on their number.
   *
   * @return the number of messages of each subscriber and, if there were any, of the {@link
   *     TopicSettings#DELAYED} ones
   */
  public Map<String, Long> purge() {
    Map<String, Long> purged =
        new Purge(store, queues, keyedMessages).all(logs::flush, ids, this::trimNow);
    long delayed = delaying.clear();
    if (delayed > 0) {
      purged.put(TopicSettings.DELAYED, delayed);
    }
    return purged;
  }

  /**
   * Drops, with the next commit, the queued messages of one subscriber. Keyed messages that other
   * subscribers share are dropped in portions: call again until {@link Purged#isDone}.
   *
   * @param before 0 for the first call; then the value from the previous portion
   */
  public Purged purge(String subscriber, long before) {
    return new Purge(store, queues, keyedMessages)
        .one(queues.any(subscriber), before, logs::flush, ids, this::trimNow);
  }

  /**
   * Deletes the message with a key for all subscribers, even if it is out, so that an
   * acknowledgement of it does nothing; or the delayed message that a peek shows under this key.
   * Published messages must be committed.
   *
   * @return false when there is no such message
   */
  public boolean delete(Bytes key) {
    boolean deleted = new Deletion(contents, queues, keyedMessages, retained).delete(key);
    if (deleted) {
      endings.noteTrimDue();
    }
    return deleted || delaying.delete(key);
  }

  /** Counts the retained messages again, after a purge. Published messages must be committed. */
  public void recount() {
    retained.recount();
  }

  private void trimNow() {
    endings.noteTrimDue();
    trim();
  }

  // ---- keeping --------------------------------------------------------------------------------

  /** Hands all changes to the store, as part of its next commit. */
  public void flush() {
    uncommitted.clear();
    logs.flush();
    retained.flush();
    for (SubscriberQueue queue : queues.all()) {
      if (queue.isChanged()) {
        store.save(queue.subscriber(), queue.takeProgress());
      }
    }
  }

  // ---- looking --------------------------------------------------------------------------------

  /**
   * The messages that a subscriber would get next, after those that are out with it; at most {@code
   * max} messages; the list also ends at 4 MiB of payload. Changes nothing.
   */
  public List<PeekedMessage> peek(String subscriber, int max, long nowMillis) {
    return peek(subscriber, PeekFilter.ALL, max, nowMillis).messages();
  }

  /** The messages that a subscriber would get next and that the filter takes; bounded. */
  public Peeked peek(String subscriber, PeekFilter filter, int max, long nowMillis) {
    return queues.any(subscriber).peek(filter, max, nowMillis);
  }

  /**
   * All queued or delayed messages, each once, a portion at a time: begin at {@link
   * ExportPosition#START}, and continue at the position that each page gives. Changes nothing.
   *
   * @param subscriber the only subscriber whose messages are wanted; null for all, and the delayed
   *     messages
   */
  public ExportPage export(@Nullable String subscriber, ExportPosition from, long nowMillis) {
    return new Export(contents, queues, subscriber, nowMillis).from(from);
  }

  /**
   * The dead letters and all other keyed messages, in the order of the keys: at most {@code max}
   * after the key {@code after}, or from the first on. Changes nothing.
   */
  public List<KeyedMessage> kept(@Nullable Bytes after, int max) {
    return store.keyed(after, max);
  }

  /** The message kept under a key; null when there is none. */
  public @Nullable KeyedMessage kept(Bytes key) {
    return store.find(key);
  }

  /**
   * Whether it must be a dead letter of an older ppMQ, which did not note the origin of messages:
   * its key is the one that the broker gave it, and no producer can have made one here. Where
   * producers' keys count, a producer may have guessed a key of the broker.
   */
  public boolean isUnnotedLetter(KeyedMessage kept) {
    return kept.origin() == null
        && contents.idIn(kept.key()) == kept.version()
        && (!settings.dedupe() || settings.subscribers().isEmpty());
  }

  /**
   * The approximate disk space of a keyed message in bytes: there are about as many of them as the
   * longest queue has messages.
   */
  private double keyedBytes() {
    long most = 0;
    for (SubscriberQueue queue : queues.all()) {
      most = Math.max(most, queue.queued());
    }
    return most == 0 ? 0 : (double) TopicContents.readable(store::keyedDiskBytes, 0) / most;
  }

  /** The state of the topic and its subscribers; what cannot be read now is unknown in it. */
  public TopicStats stats() {
    List<QueueStats> stats = new ArrayList<>();
    double keyedBytes = keyedBytes();
    queues.all().forEach(queue -> stats.add(queue.stats(keyedBytes)));
    return new TopicStats(
        settings.name(),
        arrivals.published(),
        arrivals.dropped(),
        keyedMessages.replaced(),
        arrivals.clamped(),
        delaying.delays(),
        arrivals.delayedExpired(),
        room.stats(),
        contents.deliveries().copy(),
        contents.acknowledgements().copy(),
        stats);
  }
}
