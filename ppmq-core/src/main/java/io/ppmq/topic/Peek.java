package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One peek at a subscriber's queue, in the order in which {@link BatchSelection} would take
 * messages. It uses cursors of its own and changes nothing.
 */
final class Peek {
  private final TopicContents topic;
  private final Cursors cursors;
  private final OutstandingMessages outstanding;
  private final PeekFilter filter;
  private final int max;
  private final long nowMillis;
  private final EntryFinder finder;
  private final List<PeekedMessage> seen = new ArrayList<>();
  private final Set<Bytes> newestSeen = new HashSet<>();
  private long payloadBytes;

  /** Whether a message was left out for want of room. */
  private boolean isFull;

  private boolean looksEnded;

  Peek(
      TopicContents topic,
      Cursors cursors,
      OutstandingMessages outstanding,
      PeekFilter filter,
      int max,
      long nowMillis) {
    this.topic = topic;
    this.cursors = cursors.copy();
    this.outstanding = outstanding;
    this.filter = filter;
    this.max = max;
    this.nowMillis = nowMillis;
    this.finder = new EntryFinder(topic.store());
  }

  /**
   * The messages that are out, then those that would be delivered, in order, and at last the nacked
   * ones.
   */
  Peeked look() {
    for (Outstanding message : outstanding.out().messages()) {
      if (!message.evicted) {
        see(message);
      }
    }
    for (int priority = 0; priority < topic.settings().priorities(); priority++) {
      if (!filter.takesPriority(priority)) {
        continue;
      }
      for (Outstanding message : outstanding.waiting().in(priority)) {
        if (message.attempts == 0) {
          seeNew(priority, message.id);
        }
        see(message);
      }
      seeNew(priority, Long.MAX_VALUE);
    }
    outstanding.nacked().all().forEach(this::see);
    return new Peeked(seen, Peeked.End.of(seen.size() >= max, isFull, looksEnded));
  }

  // ---- what is out or waits to be sent again --------------------------------------------------

  private void see(Outstanding message) {
    if (message.keyed) {
      seeKeyed(message);
    } else if (finder.find(message.priority, message.entryId, message.id)) {
      Entry entry = finder.entry();
      Delivery delivery = topic.delivery(message, finder, message.shownAttempt(0));
      add(message, finder.endMillis(), entry.publishedAtMillis(), delivery);
    }
  }

  private void seeKeyed(Outstanding message) {
    KeyedMessage kept = topic.find(message.key);
    if (kept != null && !message.sendsNewest(kept)) {
      Delivery replaced = topic.replaced(message, message.shownAttempt(message.outVersion()));
      add(new PeekedMessage(PeekedMessage.State.IN_FLIGHT, true, 0, replaced));
    } else if (kept != null && newestSeen.add(kept.key())) {
      Delivery delivery = topic.delivery(kept, message.shownAttempt(kept.version()));
      add(message, kept.endMillis(), kept.publishedAtMillis(), delivery);
    }
  }

  private void add(Outstanding message, long endMillis, long publishedAtMillis, Delivery delivery) {
    if (message.isOut()) {
      add(PeekedMessage.State.IN_FLIGHT, publishedAtMillis, delivery);
    } else if (!topic.isExpired(endMillis, nowMillis)) {
      PeekedMessage.State state = message.shownState();
      String reason = message.shownReason();
      add(new PeekedMessage(state, false, publishedAtMillis, delivery, 0, reason));
    }
  }

  // ---- what was never chosen ------------------------------------------------------------------

  private void seeNew(int priority, long end) {
    for (int looks = 0; goesOn(); looks++) {
      LogReader reader = cursors.readers().front(priority);
      long id = reader == null ? end : Math.min(end, reader.id());
      PassedPlaces.Passed passed = cursors.firstPassed(priority, id);
      if (passed == null && (reader == null || id == end)) {
        return;
      }
      if (looks == filter.looksMax()) {
        looksEnded = true;
        return;
      }
      if (passed != null) {
        seePlace(passed.place(), passed.key());
        cursors.pass(passed.place());
      } else if (reader != null && !cursors.passAbsence(reader)) {
        seeNew(reader);
        reader.pass();
      }
    }
  }

  private void seeNew(LogReader reader) {
    Entry entry = reader.current();
    if (entry.isPlace()) {
      seePlace(reader.place(), entry.key());
    } else if (!topic.isExpired(reader.endMillis(), nowMillis)) {
      Delivery delivery = topic.delivery(reader, topic.brokerKey(reader.id()));
      add(PeekedMessage.State.QUEUED, entry.publishedAtMillis(), delivery);
    }
  }

  private void seePlace(Place place, Bytes key) {
    KeyedMessage kept = topic.find(key);
    if (kept != null
        && cursors.placeOf(kept).equals(place)
        && cursors.awaits(place, outstanding.findKeyed(kept.key()))
        && !topic.isExpired(kept.endMillis(), nowMillis)
        && isFirst(kept.key())) {
      add(PeekedMessage.State.QUEUED, kept.publishedAtMillis(), topic.delivery(kept, 1));
    }
  }

  /**
   * A newer version of a message that was sent may wait elsewhere; other keys have one place only.
   */
  private boolean isFirst(Bytes key) {
    return outstanding.findKeyed(key) == null || newestSeen.add(key);
  }

  private boolean goesOn() {
    return seen.size() < max && !isFull && filter.takesQueued();
  }

  private boolean hasRoom() {
    return seen.size() < max && payloadBytes < PeekFilter.PAYLOAD_BYTES_MAX;
  }

  private void add(PeekedMessage.State state, long publishedAtMillis, Delivery delivery) {
    add(new PeekedMessage(state, false, publishedAtMillis, delivery));
  }

  private void add(PeekedMessage message) {
    if (!filter.takes(message.state(), message.delivery())) {
      return;
    }
    if (hasRoom()) {
      payloadBytes += message.delivery().payload().length();
      seen.add(message);
    } else {
      isFull = true;
    }
  }
}
