package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Progress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages before a subscriber's cursors that have not ended: the {@link Outstanding} messages
 * by key, those of them that wait by priority, and the {@link BatchesOut}.
 *
 * <p>Every message is here under its key. In addition it is either in a {@link BatchOut}, and
 * counted as in flight, or waits to be sent again, at once or when its nack comes due.
 */
final class OutstandingMessages {
  private final TopicContents topic;
  private final Map<Bytes, Outstanding> byKey = new LinkedHashMap<>();
  private final WaitingMessages waiting;
  private final NackedMessages nacked = new NackedMessages();
  private final SpentMessages spent;
  private final Deadlines deadlines;
  private final BatchesOut out;
  private boolean changed;

  OutstandingMessages(TopicContents topic, PassedPlaces passed) {
    this.topic = topic;
    this.out = new BatchesOut(passed);
    this.waiting = new WaitingMessages(topic.settings());
    this.spent = new SpentMessages(topic, this::has);
    this.deadlines = new Deadlines(topic);
  }

  /** Applies other settings: waiting messages go to the nearest priority that now exists. */
  void apply(TopicSettings next) {
    waiting.clear(next);
    for (Outstanding message : byKey.values()) {
      if (message.state == Outstanding.State.WAITING) {
        waiting.add(message);
      }
    }
  }

  // ---- finding --------------------------------------------------------------------------------

  @Nullable Outstanding find(Bytes key) {
    return byKey.get(key);
  }

  /**
   * The outstanding message with this key. If there is none, and no producer's message has the key,
   * the message with the other form of a broker's key.
   */
  @Nullable Outstanding findNamed(Bytes key) {
    Outstanding message = find(key);
    Bytes other = message == null ? topic.otherBrokerKey(key) : null;
    Outstanding renamed = other == null ? null : find(other);
    boolean isMeant = renamed != null && !renamed.keyed && topic.find(key) == null;
    return isMeant ? renamed : message;
  }

  /** The message that is kept under this producer's key. */
  @Nullable Outstanding findKeyed(Bytes key) {
    Outstanding message = byKey.get(key);
    return message != null && message.keyed ? message : null;
  }

  /** Whether the message has not ended. */
  boolean has(Outstanding message) {
    return byKey.get(message.key) == message;
  }

  Collection<Outstanding> all() {
    return Collections.unmodifiableCollection(byKey.values());
  }

  /** The messages with a producer's key that were chosen and put back, and never sent. */
  List<Outstanding> neverSent() {
    List<Outstanding> messages = new ArrayList<>();
    for (Outstanding message : byKey.values()) {
      if (message.isNeverSent()) {
        messages.add(message);
      }
    }
    return messages;
  }

  /** The messages that are out. */
  BatchesOut out() {
    return out;
  }

  /** The messages that were nacked and are not due yet. */
  NackedMessages nacked() {
    return nacked;
  }

  /**
   * The number of new messages that may be chosen, so that there are never too many nacked ones.
   */
  int roomForNew() {
    if (nacked.count() == 0) {
      return Integer.MAX_VALUE;
    }
    return nacked.keyBytes() >= TopicLimits.NACKED_KEY_BYTES_MAX
        ? 0
        : Math.max(
            0,
            topic.settings().limits().nackedMax()
                - nacked.count()
                - out.messageCount()
                - waiting.sentCount());
  }

  /** The deadlines for acknowledging sent messages. */
  Deadlines deadlines() {
    return deadlines;
  }

  /** The messages that wait to be sent again. */
  WaitingMessages waiting() {
    return waiting;
  }

  // ---- going out and coming back --------------------------------------------------------------

  /** Takes in a message that was never chosen before. */
  void add(Outstanding message) {
    byKey.put(message.key, message);
  }

  /** Makes all messages of a batch that are in this state wait again. */
  void putBackAll(BatchOut batch, Outstanding.State state) {
    for (Outstanding message : batch.messages()) {
      if (batch.isIn(message) && message.state == state) {
        putBackOrEnd(message);
      }
    }
  }

  /**
   * Makes the messages of a batch that are due, of these the ones that were sent least often, wait
   * again.
   *
   * @return the number of their deliveries; 0 when none is due
   */
  int putBackDue(BatchOut batch, long nowNanos) {
    List<Outstanding> due = deadlines.due(batch, nowNanos);
    due.forEach(this::putBackOrEnd);
    return due.isEmpty() ? 0 : due.get(0).attempts;
  }

  private void putBackOrEnd(Outstanding message) {
    if (message.evicted) {
      end(message);
      return;
    }
    out.comeBack(message);
    boolean sent = message.state == Outstanding.State.SENT;
    message.nack = null; // of a push that failed: it was not for this delivery
    waiting.add(message);
    if (sent) {
      spent.addIfSpent(message);
    }
  }

  // ---- nacking --------------------------------------------------------------------------------

  /** A message that is out, and was sent, was nacked: it is free until the nack comes due. */
  void nack(Outstanding message, NackMoment nack) {
    out.comeBack(message);
    changed = true;
    message.nack = nack;
    if (nack.nack().kills(message.attempts, topic.settings().limits())) {
      waiting.add(message);
      spent.add(message);
    } else if (nack.waitsAfter(message.attempts)) {
      nacked.add(message);
    } else {
      waitAgain(message);
    }
  }

  /**
   * Makes nacked messages whose moment has come wait to be sent again; false when there is none.
   */
  boolean takeDue(long nowNanos, long nowMillis) {
    changed |= nacked.isResumed();
    List<Outstanding> due = nacked.takeDue(nowNanos, nowMillis);
    due.forEach(this::waitAgain);
    changed |= !due.isEmpty();
    return !due.isEmpty();
  }

  /** A nacked message waits to be sent again, due or not. */
  void endNack(Outstanding message) {
    nacked.remove(message);
    waitAgain(message);
  }

  private void waitAgain(Outstanding message) {
    message.nack = null;
    waiting.add(message);
  }

  // ---- dying ----------------------------------------------------------------------------------

  /** The waiting messages that reached their limit of deliveries. */
  SpentMessages spent() {
    return spent;
  }

  /** Evicts a message. If it is out, it stays out until it expires, and is not sent again. */
  void evict(Outstanding message) {
    if (message.isOut()) {
      message.evicted = true;
      changed = true;
    } else {
      end(message);
    }
  }

  /** Makes a message that waits to be sent again wait as if it had never been sent. */
  void waitUnsent(Outstanding message) {
    if (message.isNacked()) {
      endNack(message);
    }
    waiting.remove(message);
    message.version = 0;
    message.attempts = 0;
    waiting.add(message);
    changed = true;
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** Ends a message: it is neither out nor does it wait to be sent again any more. */
  void end(Outstanding message) {
    byKey.remove(message.key);
    changed = true;
    if (message.isOut()) {
      out.comeBack(message);
      message.state = Outstanding.State.WAITING;
    } else if (message.isNacked()) {
      nacked.remove(message);
      message.state = Outstanding.State.WAITING;
    } else {
      waiting.remove(message);
    }
  }

  /** Ends all messages. */
  void endAll() {
    List.copyOf(byKey.values()).forEach(this::end);
  }

  /**
   * Ends the messages that lie in an entry.
   *
   * @return how many there were
   */
  int endEntry(int priority, long entryId) {
    List<Outstanding> ended = new ArrayList<>();
    for (Outstanding message : byKey.values()) {
      boolean inLog = !message.keyed && !message.evicted && message.priority == priority;
      if (inLog && message.entryId == entryId) {
        ended.add(message);
      }
    }
    ended.forEach(this::end);
    return ended.size();
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** Takes in a message that was saved; it waits to be sent again. */
  void resume(Progress.Unacknowledged saved, Bytes key) {
    boolean keyed = saved.key() != null;
    Outstanding message =
        new Outstanding(saved.priority(), saved.id(), saved.entryId(), key, keyed);
    message.attempts = saved.attempts();
    message.version = saved.version();
    add(message);
    Progress.Nacked until = saved.nacked();
    if (until != null) {
      nacked.resume(message, until);
      return;
    }
    waiting.add(message); // however often it was sent: a restart kills no message
  }

  /** The saved state differs from the outstanding messages. */
  void noteChanged() {
    changed = true;
  }

  boolean isChanged() {
    return changed;
  }

  /** All outstanding messages, for saving. */
  List<Progress.Unacknowledged> takeProgress() {
    changed = false;
    List<Progress.Unacknowledged> messages = new ArrayList<>(byKey.size());
    for (Outstanding message : byKey.values()) {
      if (message.evicted) {
        continue;
      }
      messages.add(message.isNacked() ? nacked.saved(message) : message.saved(null));
    }
    return messages;
  }

  /** The ids of a log that are still needed for outstanding messages. */
  void collectNeeded(int priority, List<IdRanges.Range> needed) {
    for (Outstanding message : byKey.values()) {
      if (!message.keyed && !message.evicted && message.priority == priority) {
        needed.add(new IdRanges.Range(message.entryId, message.entryId + 1));
      }
    }
  }
}
