package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Body;
import io.ppmq.message.Bytes;
import java.io.IOException;

/** The messages in dead-letter topics: lists, requeues and drops them. */
final class DeadLetters {
  static final int LIST_DEFAULT = 100;
  static final int LIST_MAX = 1000;

  private final Broker broker;

  DeadLetters(Broker broker) {
    this.broker = broker;
  }

  // ---- listing --------------------------------------------------------------------------------

  /**
   * A line for each dead letter. A page begins after the last letter of the page before: {@code in}
   * is the topic where that letter lies, and {@code after} its id.
   */
  Body list(Query query) throws IOException, BadRequest, RefusedException {
    query.allow("topic", "subscriber", "max", "in", "after");
    LetterWalk walk = new LetterWalk(broker, LetterFilter.of(broker, query));
    String after = query.optional("after");
    if (after != null) {
      walk.skipTo(query.required("in"), Bytes.utf8(after));
    }
    return new LettersBody(walk, query.number("max", LIST_DEFAULT, LIST_MAX));
  }

  // ---- requeueing and dropping ----------------------------------------------------------------

  /**
   * Queues the messages of letters for the subscribers for which they died, and removes the
   * letters. If all letters are requested, those that cannot be requeued stay, and the answer says
   * why.
   */
  LetterChange requeue(Query query) throws BadRequest, RefusedException {
    return new LetterChange(broker, query, true);
  }

  /** Removes letters for good. */
  LetterChange drop(Query query) throws BadRequest, RefusedException {
    return new LetterChange(broker, query, false);
  }
}
