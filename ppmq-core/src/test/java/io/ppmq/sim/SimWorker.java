package io.ppmq.sim;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Source;
import io.ppmq.topic.Batch;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connection over which a subscriber subscribes, until it ends: with a batch unread, half read or
 * completely read, or without one. Sometimes it changes its topics, or asks for all messages again.
 */
final class SimWorker implements Source, Sender, Worker {
  private static final long MILLIS = 1_000_000L;

  private final SimSubscriber subscriber;
  private final Life life;
  private final Random random;
  private final int number;
  private final Deposition deposition;
  private Sender.@Nullable Link link;
  private boolean ended;

  /** Whether it ends as soon as the broker has read its subscription. */
  private boolean toEnd;

  /** The topics that the writer has learned it takes. */
  private final Set<String> exceptions = new LinkedHashSet<>();

  private boolean all;
  private int messagesMax = Integer.MAX_VALUE;

  SimWorker(SimSubscriber subscriber, Life life, Random random) {
    this.subscriber = subscriber;
    this.life = life;
    this.random = random;
    this.number = random.nextInt(1_000);
    this.deposition = life.brokers().deposition();
  }

  // ---- as the broker knows it -----------------------------------------------------------------

  @Override
  public String subscriber() {
    return subscriber.name();
  }

  @Override
  public boolean isPlace() {
    return false;
  }

  @Override
  public boolean takes(String topic) {
    return all != exceptions.contains(topic);
  }

  @Override
  public int messagesMax() {
    return messagesMax;
  }

  /** Whether it has subscribed, and has not ended. */
  boolean isThere() {
    return link != null && !ended;
  }

  // ---- from its beginning to its end ----------------------------------------------------------

  /** Subscribes. */
  void begin() {
    boolean some = !subscriber.behaves() && random.nextInt(3) == 0;
    take(some ? someTopic() : null);
    later(subscriber.millis(4_000), this::doSomething);
  }

  private @Nullable String someTopic() {
    List<String> topics = List.copyOf(life.expectations().ledger.settings().keySet());
    return topics.isEmpty() ? null : topics.get(random.nextInt(topics.size()));
  }

  private void take(@Nullable String topic) {
    boolean limits = !subscriber.behaves() && random.nextInt(3) == 0;
    if (!life.requests().subscribe(this, topic, limits ? 1 + random.nextInt(3) : 0)
        && link == null) {
      later(subscriber.millis(200), () -> take(null));
    }
  }

  private void doSomething() {
    if (subscriber.behaves()) {
      return;
    }
    switch (random.nextInt(8)) {
      case 0 -> take(random.nextBoolean() ? someTopic() : null);
      case 1 -> life.requests().unsubscribe(this, random.nextBoolean() ? someTopic() : null);
      case 2, 3 -> life.requests().reconnect(subscriber(), someTopicOrAll(), this);
      case 4 -> end();
      default -> {}
    }
    later(subscriber.millis(4_000), this::doSomething);
  }

  private @Nullable String someTopicOrAll() {
    return random.nextBoolean() ? null : someTopic();
  }

  /** Its connection ends. */
  void end() {
    Sender.Link told = link;
    toEnd = told == null;
    if (!ended && told != null && life.isRunning()) {
      ended = true;
      life.note(() -> this + " ends");
      if (random.nextBoolean()) {
        told.closed(false);
      } else {
        told.failed("it ended");
      }
      life.broker().afterwards(() -> {});
    }
  }

  // ---- what the broker does -------------------------------------------------------------------

  @Override
  public void hold() {}

  @Override
  public void release() {}

  @Override
  public Sender subscribe(Sender.Link told) {
    link = told;
    return this;
  }

  /** The writer has learned that it takes a topic, or for null all of them. */
  void subscribed(@Nullable String topic, int max) {
    messagesMax = max > 0 ? max : messagesMax;
    if (topic == null) {
      all = true;
      exceptions.clear();
    } else {
      set(topic, all);
    }
    life.expectations().workers.connected(this);
    if (toEnd) {
      later(1, this::end);
    }
  }

  /** The writer has learned that it no longer takes a topic, or for null none of them. */
  void unsubscribed(@Nullable String topic) {
    if (topic == null) {
      all = false;
      exceptions.clear();
    } else {
      set(topic, !all);
    }
  }

  private void set(String topic, boolean asUsual) {
    if (asUsual) {
      exceptions.remove(topic);
    } else {
      exceptions.add(topic);
    }
  }

  @Override
  public void open() {
    throw new Violation(
        Invariant.NO_BUG, "the broker connects to a worker that connected to the broker");
  }

  @Override
  public boolean push(Batch batch) {
    Sender.Link told = link;
    if (deposition.isBegun() && told != null) {
      return deposition.push(batch, told);
    }
    life.note(() -> "the broker pushes " + SimSubscriber.words(batch) + " to " + this);
    life.expectations().pushes.chosen(batch, this);
    if (ended) {
      return false; // the broker learns of it, and takes back the pushed batch
    }
    int size = batch.deliveries().size();
    int draw = subscriber.isGood() ? 99 : random.nextInt(100);
    if (draw < 10) {
      int count = random.nextInt(size + 1);
      later(subscriber.millis(5), () -> subscriber.read(batch, count, this));
      later(6 * MILLIS + (draw == 0 ? subscriber.millis(4_000) : 0), this::end);
      return false;
    }
    long readIn = subscriber.millis(3);
    long pushedIn = draw < 14 ? subscriber.millis(3_000) : draw < 60 ? subscriber.millis(3) : 0;
    life.agenda().in(readIn, () -> subscriber.read(batch, size, this));
    if (draw < 25) {
      later(readIn + subscriber.millis(60), this::end);
    }
    if (pushedIn == 0) {
      life.note(() -> "the batch is pushed whole at once");
      life.expectations().pushes.pushed(batch.topic(), this);
      return true;
    }
    later(pushedIn, () -> pushed(batch));
    return false;
  }

  private void pushed(Batch batch) {
    Sender.Link told = link;
    if (told != null) {
      life.note(() -> "the batch of " + batch.topic() + " for " + this + " is pushed whole");
      told.pushed();
      life.broker().afterwards(() -> heardOf(batch));
    }
  }

  private void heardOf(Batch batch) {
    if (subscriber.has(this)) {
      life.expectations().pushes.pushed(batch.topic(), this);
    }
  }

  @Override
  public void close() {
    ended = true;
    if (!deposition.isBegun()) {
      life.brokers().workerClosed(this);
      subscriber.workerGone(this);
    }
  }

  /** Ends together with it, or with its broker. */
  private void later(long nanos, Runnable what) {
    life.agenda()
        .in(
            nanos,
            () -> {
              if (!ended && subscriber.has(this)) {
                what.run();
              }
            });
  }

  @Override
  public String toString() {
    return subscriber.name() + "/" + number;
  }
}
