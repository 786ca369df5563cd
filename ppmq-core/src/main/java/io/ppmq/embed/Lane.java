package io.ppmq.embed;

import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one topic on their way through a handler: those that wait, the one that is
 * handled, and the results that the broker was not told yet. Guarded by the lock of {@link
 * HandlerSender}.
 */
final class Lane {
  /** Results are told together, but the broker waits no longer than that for one. */
  private static final long UNTOLD_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(100);

  /** A message that was handled, and why that failed; null when it did not. */
  private record Handled(Delivery delivery, @Nullable Throwable failure) {}

  final String topic;
  final String subscriber;
  private final ArrayDeque<Delivery> waiting = new ArrayDeque<>();
  private final Map<Bytes, Handled> untold = new LinkedHashMap<>();
  private long untoldSinceNanos;

  /** The message that is handled; null also when its result will not count. */
  private @Nullable Delivery running;

  Lane(String topic, String subscriber) {
    this.topic = topic;
    this.subscriber = subscriber;
  }

  /**
   * Takes a pushed batch. Since one batch of a topic is out at a time, those that wait are no
   * longer out, or are in it. A message that the handler has or had, and whose result the broker
   * does not know, is not handled again: that result counts. That of an older version of its key
   * does not.
   */
  void push(Batch batch) {
    waiting.clear();
    for (Delivery fresh : batch.deliveries()) {
      Delivery held = held(fresh.key());
      if (held == null || !isAgain(held, fresh)) {
        forget(fresh.key());
        waiting.add(fresh);
      }
    }
  }

  private @Nullable Delivery held(Bytes key) {
    Delivery now = running;
    if (now != null && now.key().equals(key)) {
      return now;
    }
    Handled handled = untold.get(key);
    return handled == null ? null : handled.delivery();
  }

  private void forget(Bytes key) {
    untold.remove(key);
    if (running != null && running.key().equals(key)) {
      running = null;
    }
  }

  /** A newer version begins at attempt 1. */
  private static boolean isAgain(Delivery held, Delivery fresh) {
    return fresh.attempt() > held.attempt()
        && fresh.priority() == held.priority()
        && fresh.payload().equals(held.payload());
  }

  /** The next message to handle; null when none waits. */
  @Nullable Delivery next() {
    running = waiting.poll();
    return running;
  }

  /** Notes the result of the message that was handled, unless a newer version was pushed since. */
  void handled(@Nullable Throwable failure) {
    if (running != null) {
      if (untold.isEmpty()) {
        untoldSinceNanos = System.nanoTime();
      }
      untold.put(running.key(), new Handled(running, failure));
    }
    running = null;
  }

  /** The keys of the messages that wait. */
  List<Bytes> waitingKeys() {
    return waiting.stream().map(Delivery::key).toList();
  }

  /** Whether the broker is to be told the results before the next message is handled. */
  boolean isOverdue() {
    return !untold.isEmpty() && System.nanoTime() - untoldSinceNanos >= UNTOLD_NANOS_MAX;
  }

  /** Removes the results that the broker was not told yet, and returns them. */
  List<Command> results() {
    List<Command> results = new ArrayList<>();
    List<Bytes> done = new ArrayList<>();
    for (Iterator<Handled> each = untold.values().iterator(); each.hasNext(); each.remove()) {
      Handled handled = each.next();
      Throwable failure = handled.failure();
      if (failure == null) {
        done.add(handled.delivery().key());
      } else {
        results.add(Failure.nack(topic, subscriber, handled.delivery().key(), failure));
      }
    }
    if (!done.isEmpty()) {
      results.add(new Command.Acknowledge(topic, subscriber, done));
    }
    return results;
  }
}
