package io.ppmq.sim;

import io.ppmq.broker.SimulatedBroker;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The requests of producers, subscribers and administrators to the present broker. */
final class Requests {
  private static final int SUBMISSION_BYTES = 64;
  private static final int UNCOMMITTED_MAX = 2000;

  private final Life life;
  private final Random random;
  private final Tally tally;
  private final List<Submitted> submitted = new ArrayList<>();

  Requests(Life life, Random random, Tally tally) {
    this.life = life;
    this.random = random;
    this.tally = tally;
  }

  /** Whether a broker runs and accepts requests. */
  boolean accepted() {
    return life.isRunning() && submitted.size() < UNCOMMITTED_MAX;
  }

  Submitted submitted(boolean asks) {
    SimStore store = life.store();
    boolean shared = store != null && store.shared() != null;
    boolean promisesDisk = shared || life.plan().sync().beforeConfirm();
    return new Submitted(asks, promisesDisk, () -> tally.confirmed++);
  }

  /** Submits a request over the connection of a worker, or for null over another connection. */
  private void submit(
      Command command, @Nullable SimWorker over, Submitted handedIn, Runnable applied) {
    submitted.add(handedIn);
    Source source = over == null ? Source.patient() : over;
    life.broker()
        .submit(
            new Submission(List.of(command), SUBMISSION_BYTES, handedIn.answer(), source), applied);
  }

  void forgetAnswered() {
    submitted.removeIf(s -> !s.isWaiting());
  }

  /** Another broker has replaced this one, of which everything up to that attempt is kept. */
  void deposed(long kept) {
    submitted.forEach(handedIn -> handedIn.deposed(kept));
    submitted.clear();
  }

  /** The broker is gone, and answers no request. */
  void forgetAll() {
    submitted.clear();
  }

  /** The requests that wait for an answer. */
  List<Submitted> waiting() {
    return submitted.stream().filter(Submitted::isWaiting).toList();
  }

  // ---- of producers ---------------------------------------------------------------------------

  void publish(List<Published> messages, Submitted handedIn, SimSource source) {
    String topic = messages.get(0).topic;
    Expectations expectations = life.expectations();
    life.note(() -> "a producer publishes to " + topic + ": " + messages);
    messages.forEach(expectations.ledger::handedIn);
    tally.published += messages.size();
    handedIn.whenRefused(code -> expectations.bounds.checkRefusal(topic, messages, code));
    Ledger ledger = expectations.ledger;
    handedIn.changes(
        () ->
            messages.stream()
                .anyMatch(m -> m.queued && !ledger.isGone(m, ledger.settings().get(topic))));
    List<Message> plain = messages.stream().map(message -> message.message).toList();
    int first = messages.get(0).number;
    SimulatedBroker to = life.broker();
    Runnable applied =
        () -> {
          if (life.brokers().isCurrent(to)) {
            source.applied(first);
            expectations.arrivals.applied(messages, handedIn);
          }
        };
    List<Command> commands =
        life.plan().isLimited()
            ? List.of(
                new Command.Publish(topic, plain),
                new Command.Remove(topic, new Watched<>(List.of(), applied)))
            : List.of(new Command.Publish(topic, new Watched<>(plain, applied)));
    submitted.add(handedIn);
    life.broker()
        .submit(new Submission(commands, SUBMISSION_BYTES, handedIn.answer(), source), () -> {});
  }

  // ---- of subscribers -------------------------------------------------------------------------

  /** A subscriber acknowledges; returns false if there is no broker. */
  boolean acknowledge(String topic, String subscriber, List<Bytes> keys, @Nullable SimWorker over) {
    if (!accepted()) {
      return false;
    }
    Ledger ledger = life.expectations().ledger;
    if (!ledger.isAttached(topic, subscriber)) {
      return true; // refused
    }
    life.note(
        () ->
            "%s acknowledges %s of %s"
                .formatted(
                    over == null ? subscriber : over,
                    keys.stream().map(Bytes::text).toList(),
                    topic));
    Submitted handedIn = submitted(random.nextBoolean());
    submit(
        new Command.Acknowledge(topic, subscriber, keys),
        over,
        handedIn,
        () -> {
          if (ledger.isAttached(topic, subscriber)) {
            Acknowledgements all = life.expectations().acknowledgements;
            Worker by = ifConnected(over);
            keys.forEach(key -> all.acknowledged(topic, subscriber, key, by, handedIn));
          }
        });
    return true;
  }

  /**
   * A subscriber nacks messages; returns false if there is no broker.
   *
   * @param retryAfterMillis as in {@link Command.Nack}
   */
  boolean nack(
      String topic,
      String subscriber,
      List<Bytes> keys,
      long retryAfterMillis,
      @Nullable String reason,
      @Nullable SimWorker over) {
    Ledger ledger = life.expectations().ledger;
    if (!accepted() || !ledger.isAttached(topic, subscriber)) {
      return false;
    }
    life.note(
        () ->
            "%s nacks %s of %s for %d ms: %s"
                .formatted(
                    over == null ? subscriber : over,
                    keys.stream().map(Bytes::text).toList(),
                    topic,
                    retryAfterMillis,
                    reason));
    Submitted handedIn = submitted(random.nextBoolean());
    submit(
        new Command.Nack(topic, subscriber, keys, retryAfterMillis, reason),
        over,
        handedIn,
        () -> {
          if (ledger.isAttached(topic, subscriber)) {
            Nacks all = life.expectations().nacks;
            Worker by = ifConnected(over);
            ExpectedNack nack = all.now(retryAfterMillis, reason, handedIn);
            keys.forEach(key -> all.nacked(topic, subscriber, key, by, nack));
          }
        });
    return true;
  }

  /** A subscriber requests more time for messages, if there is a broker. */
  void extend(String topic, String subscriber, List<Bytes> keys, @Nullable SimWorker over) {
    Ledger ledger = life.expectations().ledger;
    if (accepted() && ledger.isAttached(topic, subscriber)) {
      life.note(
          () ->
              "%s needs more time for %s of %s"
                  .formatted(
                      over == null ? subscriber : over,
                      keys.stream().map(Bytes::text).toList(),
                      topic));
      Submitted handedIn = submitted(true);
      submit(
          new Command.Extend(topic, subscriber, keys),
          over,
          handedIn,
          () -> {
            if (ledger.isAttached(topic, subscriber)) {
              Worker by = ifConnected(over);
              life.expectations().extensions.extended(topic, subscriber, keys, by, handedIn.gone());
            }
          });
    }
  }

  private @Nullable Worker ifConnected(@Nullable SimWorker worker) {
    boolean connected = worker != null && life.expectations().workers.isConnected(worker);
    return connected ? worker : null;
  }

  /** A worker subscribes; returns false if that is not possible now. */
  boolean subscribe(SimWorker worker, @Nullable String topic, int messagesMax) {
    Ledger ledger = life.expectations().ledger;
    if (!accepted() || !ledger.knows(worker.subscriber(), topic)) {
      return false;
    }
    life.note(() -> "%s subscribes to %s, at most %d".formatted(worker, topic, messagesMax));
    submit(
        new Command.Subscribe(worker.subscriber(), topic, messagesMax),
        worker,
        submitted(false),
        () -> {
          if (worker.isThere() && ledger.knows(worker.subscriber(), topic)) {
            worker.subscribed(topic, messagesMax);
          }
        });
    return true;
  }

  void unsubscribe(SimWorker worker, @Nullable String topic) {
    Ledger ledger = life.expectations().ledger;
    if (accepted() && ledger.knows(worker.subscriber(), topic)) {
      life.note(() -> "%s unsubscribes from %s".formatted(worker, topic));
      submit(
          new Command.Unsubscribe(worker.subscriber(), topic),
          worker,
          submitted(false),
          () -> {
            if (ledger.knows(worker.subscriber(), topic)) {
              worker.unsubscribed(topic);
            }
          });
    }
  }

  void reconnect(String subscriber, @Nullable String topic, @Nullable SimWorker over) {
    Ledger ledger = life.expectations().ledger;
    if (accepted() && ledger.knows(subscriber, topic)) {
      life.note(
          () ->
              (over == null ? subscriber : over.toString())
                  + " says RECONNECT"
                  + (topic == null ? "" : " for " + topic));
      submit(
          new Command.Redeliver(subscriber, topic),
          over,
          submitted(false),
          () -> {
            if (ledger.knows(subscriber, topic)) {
              life.expectations()
                  .acknowledgements
                  .redelivered(subscriber, topic, ifConnected(over));
            }
          });
    }
  }

  // ---- of administrators ----------------------------------------------------------------------

  /** Pauses or resumes a delivery; refused if there is no such topic or subscriber. */
  void pause(Pause pause, boolean paused) {
    if (accepted()) {
      life.note(() -> (paused ? "somebody pauses " : "somebody resumes ") + pause);
      life.broker().pause(pause, paused, () -> life.expectations().paused(pause, paused));
    }
  }

  /** Makes the broker apply the present plan; refused during an outage. */
  void reload() {
    if (accepted()) {
      Map<String, TopicSettings> topics = life.plan().topics();
      Map<String, BatchLimits> limits = life.plan().subscribers();
      Set<String> closed = life.plan().closed();
      life.note(
          () ->
              "somebody reloads topics %s, %s, closed %s"
                  .formatted(topics.values(), limits, closed));
      BrokerSettings next = life.plan().settings();
      Map<String, Integer> places = life.plan().connections();
      life.broker().afterwards(() -> life.expectations().ledger.closing(closed));
      life.broker()
          .apply(
              next,
              () -> {
                life.note(() -> "the new settings hold");
                life.expectations().reloaded(topics, limits, closed);
                life.expectations().workers.configure(places);
              });
    }
  }

  /** Requeues the message of a letter. */
  void requeue(String grave, Published letter) {
    Requeues requeues = life.expectations().requeues;
    if (accepted()) {
      life.note(() -> "somebody requeues " + letter + " of " + grave);
      life.broker()
          .requeue(
              grave,
              letter.key(),
              () -> requeues.isFollowed(letter),
              () -> {
                life.note(() -> letter + " of " + grave + " is requeued");
                requeues.requeued(grave, letter);
                tally.requeued++;
              });
    }
  }

  /** Drops a letter. */
  void drop(String grave, Published letter) {
    if (accepted()) {
      life.note(() -> "somebody drops " + letter + " of " + grave);
      life.broker()
          .drop(grave, letter.key(), () -> life.expectations().requeues.dropped(grave, letter));
    }
  }

  void purge(String topic) {
    if (accepted()) {
      life.note(() -> "somebody purges " + topic);
      life.broker().purge(topic, () -> life.expectations().removals.purged(topic));
    }
  }

  /** Deletes a message that waits for a subscriber or is in flight with it. */
  void delete(String topic, String subscriber, IntUnaryOperator which) {
    if (accepted()) {
      life.note(() -> "somebody deletes a message of " + topic + " for " + subscriber);
      life.broker()
          .delete(
              topic,
              subscriber,
              which,
              delivery -> life.expectations().removals.deleted(topic, subscriber, delivery));
    }
  }

  /** Deletes a delayed message. */
  void deleteDelayed(String topic, IntUnaryOperator which) {
    if (accepted()) {
      life.note(() -> "somebody deletes a delayed message of " + topic);
      Expectations all = life.expectations();
      life.broker()
          .deleteDelayed(
              topic,
              which,
              chosen -> {
                int number = Published.number(chosen.payload());
                life.note(() -> "m" + number + " is deleted, which is delayed");
                all.delays.deleting(all.ledger.published().get(number));
              },
              all.delays::deleted);
    }
  }

  /** Purges one queue, portion by portion. */
  void purge(String topic, String subscriber) {
    if (accepted()) {
      life.note(() -> "somebody purges " + topic + " for " + subscriber);
      purge(topic, subscriber, 0, 0);
    }
  }

  private void purge(String topic, String subscriber, long before, int orderBefore) {
    Removals removals = life.expectations().removals;
    life.broker()
        .purge(
            topic,
            subscriber,
            before,
            purged -> {
              int begun = before == 0 ? life.expectations().ledger.nextOrder() : orderBefore;
              if (purged.isDone()) {
                removals.purged(topic, subscriber, begun);
              } else {
                removals.purging(topic, subscriber, begun);
                purge(topic, subscriber, purged.before(), begun);
              }
            });
  }
}
