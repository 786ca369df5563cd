package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Delays;
import java.util.ArrayList;
import java.util.List;

/**
 * The delayed messages of a topic. A message lies in the store until its moment, in no queue. Then
 * it is queued like a message that is published at that moment, so that no queue knows of delays.
 * Got from {@link Topic#delaying}. Owned by the thread that owns the topic.
 */
public final class Delaying {
  private static final int LOOKED_AT_ONCE = 256;
  private static final long LOOKED_BYTES_AT_ONCE = 1 << 20;

  private final TopicContents topic;
  private final Arrivals arrivals;
  private final DelayedMessages delayed;

  Delaying(TopicContents topic, Arrivals arrivals) {
    this.topic = topic;
    this.arrivals = arrivals;
    this.delayed = topic.store().delayed();
  }

  /** The amount of delayed messages, and the next moment. Costs nothing. */
  public Delays delays() {
    return delayed.delays();
  }

  // ---- coming due -----------------------------------------------------------------------------

  /**
   * The first messages that are due, in the order of their moments, then of storing; bounded as
   * {@link DelayedMessages#due} says. To be called when no delayed message waits for a commit;
   * otherwise such a message may be missing. Changes nothing.
   */
  public List<DelayedMessage> due(long nowMillis, int max, long bytesMax) {
    return delayed.due(nowMillis, max, bytesMax);
  }

  /**
   * Queues a message that is due, for the present subscribers; without subscribers, or when it has
   * expired, it is gone. The next commit takes it out of the delayed messages.
   */
  public void comeDue(DelayedMessage message, long nowMillis) {
    arrivals.comeDue(message, nowMillis);
  }

  // ---- looking and taking out -----------------------------------------------------------------

  /**
   * The first messages that the filter takes, in the order in which they come due; bounded as
   * {@link Topic#peek(String, PeekFilter, int, long)} is. Changes nothing.
   */
  public Peeked peek(PeekFilter filter, int max) {
    List<PeekedMessage> seen = new ArrayList<>();
    long payloadBytes = 0;
    int looks = 0;
    List<DelayedMessage> next = next(Long.MIN_VALUE, 0);
    while (!next.isEmpty()) {
      for (DelayedMessage message : next) {
        PeekedMessage peeked = peeked(message);
        boolean looksEnded = ++looks > filter.looksMax();
        boolean isFull = payloadBytes >= PeekFilter.PAYLOAD_BYTES_MAX;
        Peeked.End end = Peeked.End.of(seen.size() >= max, isFull, looksEnded);
        if (end != Peeked.End.ALL) {
          return new Peeked(seen, end);
        }
        if (filter.takes(peeked.state(), peeked.delivery())) {
          seen.add(peeked);
          payloadBytes += message.payload().length();
        }
      }
      DelayedMessage last = next.get(next.size() - 1);
      next = next(last.atMillis(), last.id() + 1);
    }
    return new Peeked(seen, Peeked.End.ALL);
  }

  private List<DelayedMessage> next(long fromMillis, long fromId) {
    return delayed.from(fromMillis, fromId, LOOKED_AT_ONCE, LOOKED_BYTES_AT_ONCE);
  }

  private PeekedMessage peeked(DelayedMessage message) {
    Delivery delivery =
        new Delivery(
            new DelayedKey(message.atMillis(), message.id()).text(),
            message.payload(),
            message.expires(),
            topic.settings().nearestPriority(message.priority()),
            1);
    return new PeekedMessage(
        PeekedMessage.State.DELAYED,
        false,
        message.storedAtMillis(),
        delivery,
        message.atMillis(),
        null);
  }

  /** Removes the message that a peek showed under this key; false when there is none. */
  boolean delete(Bytes key) {
    DelayedKey named = DelayedKey.of(key);
    if (named == null) {
      return false;
    }
    for (DelayedMessage message : delayed.from(named.atMillis(), named.id(), 1, 1)) {
      if (message.atMillis() == named.atMillis() && message.id() == named.id()) {
        delayed.remove(message);
        return true;
      }
    }
    return false;
  }

  /** Removes all of them; returns their number. */
  long clear() {
    long count = delayed.delays().messages();
    if (count > 0) {
      delayed.clear();
    }
    return count;
  }
}
