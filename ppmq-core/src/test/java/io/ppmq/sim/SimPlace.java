package io.ppmq.sim;

import io.ppmq.broker.port.Sender;
import io.ppmq.topic.Batch;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One connection of the broker to a subscriber's socket, while that broker lives. */
final class SimPlace implements Sender, Place {
  private static final long MILLIS = 1_000_000L;

  private final SimSubscriber subscriber;
  private final Life life;
  private final Random random;
  private final Sender.Link link;
  private final Deposition deposition;
  private final int number;
  private boolean closed;
  private boolean open;
  private boolean pushing;

  /** The batch that the writer learns was pushed now; null if there is none. */
  private @Nullable Batch heard;

  SimPlace(
      SimSubscriber subscriber, Life life, Random random, Sender.Link link, Deposition deposition) {
    this.deposition = deposition;
    this.subscriber = subscriber;
    this.life = life;
    this.random = random;
    this.link = link;
    this.number = random.nextInt(1_000);
  }

  @Override
  public String subscriber() {
    return subscriber.name();
  }

  @Override
  public void open() {
    if (deposition.isBegun()) {
      deposition.open(link);
      return;
    }
    life.expectations().workerCheck.checkOpening(this);
    life.expectations().workers.opening(this);
    later(subscriber.millis(2), subscriber.isAway() ? this::fail : this::opened);
  }

  private void opened() {
    open = true;
    life.note(() -> this + " accepts the connection");
    link.opened();
    life.broker().afterwards(() -> life.expectations().acknowledgements.opened(this));
    life.broker().afterwards(() -> life.expectations().workers.connected(this));
  }

  private void fail() {
    open = false;
    pushing = false;
    life.note(() -> "the connection to " + this + " breaks");
    link.failed("nobody is there");
    life.broker().afterwards(() -> life.expectations().workers.gone(this));
    life.broker().afterwards(() -> life.expectations().pushes.failed(this));
  }

  @Override
  public boolean push(Batch batch) {
    if (deposition.isBegun()) {
      return deposition.push(batch, link);
    }
    life.note(() -> "the broker pushes " + SimSubscriber.words(batch) + " over " + this);
    life.expectations().pushes.chosen(batch, this);
    pushing = true;
    if (!open) {
      later(subscriber.millis(1), this::fail); // it is gone, and the broker has not learned of it
      return false;
    }
    int size = batch.deliveries().size();
    int draw = subscriber.isGood() ? 99 : random.nextInt(100);
    if (draw < 8 || subscriber.isAway()) {
      int count = random.nextInt(size + 1);
      later(
          subscriber.millis(5),
          () -> subscriber.read(batch, subscriber.isAway() ? 0 : count, this));
      later(6 * MILLIS + (draw == 0 ? subscriber.millis(8_000) : 0), this::fail);
    } else if (draw < 11) {
      later(subscriber.millis(5), () -> pushed(batch));
      later(5 * MILLIS + subscriber.millis(100), () -> close(true));
    } else {
      long readIn = subscriber.millis(3);
      long pushedIn = draw < 13 ? subscriber.millis(3_000) : draw < 60 ? subscriber.millis(3) : 0;
      life.agenda().in(readIn, () -> subscriber.read(batch, size, this));
      if (draw < 25) {
        later(Math.max(readIn, pushedIn) + subscriber.millis(30), () -> close(false));
      }
      if (pushedIn == 0) {
        pushing = false;
        life.note(() -> "the batch is pushed whole at once");
        life.expectations().pushes.pushed(batch.topic(), this);
        return true;
      }
      later(pushedIn, () -> pushed(batch));
    }
    return false;
  }

  private void pushed(Batch batch) {
    pushing = false;
    life.note(() -> "the batch of " + batch.topic() + " for " + this + " is pushed whole");
    life.broker().afterwards(() -> heard = batch);
    link.pushed();
    life.broker().afterwards(this::heard);
  }

  private void heard() {
    Batch batch = heard;
    heard = null;
    if (batch != null) {
      life.expectations().pushes.pushed(batch.topic(), this);
    }
  }

  private void close(boolean unread) {
    if (open && !pushing) {
      open = false;
      life.note(() -> this + " closes the connection" + (unread ? ", unread" : ""));
      link.closed(unread);
      life.broker()
          .afterwards(
              () -> {
                life.expectations().workers.gone(this);
                life.expectations().acknowledgements.closed(this, unread);
              });
    }
  }

  void appeared() {
    link.appeared();
  }

  @Override
  public void close() {
    heard(); // a place that is no longer wanted may close after its last batch
    closed = true;
    if (!deposition.isBegun()) {
      life.brokers().placeClosed(this);
      life.brokers().workerClosed(this);
    }
  }

  /** Ends together with its broker. */
  private void later(long nanos, Runnable what) {
    life.agenda()
        .in(
            nanos,
            () -> {
              if (!closed && life.brokers().isCurrent(this)) {
                what.run();
              }
            });
  }

  @Override
  public String toString() {
    return subscriber.name() + "#" + number;
  }
}
