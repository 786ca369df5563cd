package io.ppmq.sim;

import io.ppmq.broker.SimulatedBroker;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Submission;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Batch;
import io.ppmq.topic.TopicSettings;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The work that a broker continues after another has replaced it on another machine, without
 * knowing it. It may push committed messages again, but must not push anything else or confirm
 * anything.
 */
final class Deposition {
  private static final long MILLIS = 1_000_000L;
  private static final int SUBMISSION_BYTES = 64;

  private final Life life;
  private final Random random;
  private @Nullable SimulatedBroker broker;
  private @Nullable SimStore store;
  private @Nullable Leading leading;
  private List<String> topics = List.of();
  private long kept;
  private boolean ended;

  Deposition(Life life, Random random) {
    this.life = life;
    this.random = random;
  }

  /** Whether the broker is deposed. */
  boolean isBegun() {
    return broker != null;
  }

  /** Deposes the broker from now on; {@code upTo} is its last kept attempt to commit. */
  void begin(SimulatedBroker deposed, SimStore its, Leading from, long upTo) {
    broker = deposed;
    store = its;
    leading = from;
    kept = upTo;
    topics =
        life.expectations().ledger.settings().values().stream()
            .filter(topic -> !topic.subscribers().isEmpty())
            .map(TopicSettings::name)
            .toList();
    deposed.depose();
    its.depose(deposed::nudge);
    from.whenTold(this::told);
    life.agenda().in(1, this::turn);
  }

  private SimulatedBroker broker() {
    return Objects.requireNonNull(broker);
  }

  private void told() {
    if (!ended) {
      life.note(() -> leading + " hears that another leads");
      broker().abandon("another machine leads");
      end();
    }
  }

  private void end() {
    ended = true;
    Objects.requireNonNull(store).close();
  }

  private void turn() {
    if (ended) {
      return;
    }
    if (!Objects.requireNonNull(leading).isAlive()) {
      end();
      return;
    }
    if (random.nextInt(4) == 0 && !topics.isEmpty()) {
      publish(topics.get(random.nextInt(topics.size())));
    }
    try {
      long pause = broker().turn();
      life.agenda().in(Math.max(MILLIS, Math.min(pause, 100 * MILLIS)), this::turn);
    } catch (StoreException | SimulatedBroker.Abandoned e) {
      life.note(() -> leading + " ends: " + e.getMessage());
      end();
    }
  }

  // ---- those who do not know either -----------------------------------------------------------

  private void publish(String topic) {
    Ledger ledger = life.expectations().ledger;
    int number = ledger.nextNumber();
    Message message = new Message(null, Published.payload(number, 0), null, 0, null);
    Submitted never = new Submitted(false, true, () -> {});
    ledger.handedIn(new Published(number, topic, message, never));
    life.note(() -> "m" + number + " is published to " + topic + " with " + leading);
    Answer answer =
        new Answer() {
          @Override
          public void confirmed() {
            throw new Violation(
                Invariant.NO_CONFIRMED_LOSS,
                leading + " confirms m" + number + ", although it no longer leads");
          }

          @Override
          public void failed(String reason) {}

          @Override
          public void refused(ErrorCode code, String reason) {}
        };
    submit(new Command.Publish(topic, List.of(message)), answer);
  }

  private void submit(Command command, Answer answer) {
    Source source = Source.patient();
    broker().submit(new Submission(List.of(command), SUBMISSION_BYTES, answer, source), () -> {});
  }

  // ---- what it pushes -------------------------------------------------------------------------

  /** The broker connects to a subscriber. */
  void open(Sender.Link link) {
    life.agenda()
        .in(MILLIS, () -> ifThere(random.nextInt(4) == 0 ? () -> link.failed("") : link::opened));
  }

  /** The broker pushes a batch; returns whether all of it was taken. */
  boolean push(Batch batch, Sender.Link link) {
    life.note(() -> leading + " pushes " + SimSubscriber.words(batch));
    batch.deliveries().forEach(delivery -> check(batch.topic(), delivery));
    life.agenda().in(MILLIS, () -> ifThere(link::pushed));
    life.agenda().in(5 * MILLIS, () -> acknowledge(batch));
    return false;
  }

  private void check(String topic, Delivery delivery) {
    Ledger ledger = life.expectations().ledger;
    int number = ledger.numberOf(topic, delivery.key(), delivery.payload());
    Published message = ledger.published().get(number);
    if (!message.submitted.survives(kept, false)) {
      throw new Violation(
          Invariant.NO_PUSH_OF_UNCOMMITTED,
          leading + " pushes " + message + ", which is not committed");
    }
  }

  private void acknowledge(Batch batch) {
    if (random.nextBoolean()) {
      List<Bytes> keys = batch.deliveries().stream().map(Delivery::key).toList();
      ifThere(
          () ->
              submit(
                  new Command.Acknowledge(batch.topic(), batch.subscriber(), keys), Answer.NONE));
    }
  }

  private void ifThere(Runnable what) {
    if (!ended && Objects.requireNonNull(leading).isAlive()) {
      what.run();
    }
  }
}
