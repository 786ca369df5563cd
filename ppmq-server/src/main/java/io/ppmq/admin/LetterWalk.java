package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walks through the dead letters in their topics, a few at a time. */
final class LetterWalk {
  private static final int LOOK_MAX = 50;

  /** A dead letter, and the topic where it lies. */
  record Found(String grave, KeyedMessage message) {}

  private final Broker broker;
  private final LetterFilter filter;
  private final Iterator<String> graves;
  private @Nullable String grave;
  private @Nullable Bytes after;

  LetterWalk(Broker broker, LetterFilter filter) {
    this.broker = broker;
    this.filter = filter;
    this.graves = filter.graves().iterator();
    this.grave = graves.hasNext() ? graves.next() : null;
  }

  /** Continues after a letter that was found before. */
  void skipTo(String lastGrave, Bytes lastKey) {
    while (grave != null && !grave.equals(lastGrave)) {
      nextGrave();
    }
    after = lastKey;
  }

  private void nextGrave() {
    grave = graves.hasNext() ? graves.next() : null;
    after = null;
  }

  /**
   * The dead letters among the next few messages that the filter takes, perhaps none; null at the
   * end.
   */
  @Nullable List<Found> next() throws RefusedException {
    String in = grave;
    if (in == null) {
      return null;
    }
    List<KeyedMessage> kept = broker.kept(in, after, LOOK_MAX);
    List<Found> found = new ArrayList<>();
    for (KeyedMessage message : kept) {
      after = message.key();
      if (filter.takes(in, message)) {
        found.add(new Found(in, message));
      }
    }
    if (kept.isEmpty()) {
      nextGrave();
    }
    return found;
  }
}
