package io.ppmq.sim;

import io.ppmq.broker.Sender;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A subscriber that outlives brokers. It is away now and then, reads batches whole, in part or not
 * at all, and acknowledges early, late, twice, in pieces or never; until it is to behave.
 */
final class SimSubscriber {
  private static final long MILLIS = 1_000_000L;

  private final String name;
  private final Life life;
  private final Random random;
  private final boolean faulty;
  private final Map<String, Set<Bytes>> unacknowledged = new TreeMap<>();
  private boolean away;
  private boolean behaves;

  SimSubscriber(String name, Life life, Random random, boolean faulty) {
    this.name = name;
    this.life = life;
    this.random = random;
    this.faulty = faulty;
  }

  String name() {
    return name;
  }

  /** The sender of a broker that begins. */
  Connection connection(Sender.Link link) {
    return new Connection(link);
  }

  /** It is there from now on, reads everything, and acknowledges all it has ever read. */
  void behave() {
    behaves = true;
    away = false;
    unacknowledged.forEach((topic, keys) -> acknowledge(topic, List.copyOf(keys)));
  }

  /** It is away, and will not say when it is back. */
  void beAway() {
    away = true;
  }

  /** It goes away for a while. */
  void leave(long nanos) {
    if (!behaves) {
      away = true;
      life.note(() -> name + " goes away");
      life.agenda().in(nanos, this::comeBack);
    }
  }

  private void comeBack() {
    away = false;
    life.note(() -> name + " is back");
    if (random.nextBoolean()) {
      life.appeared(name);
    }
  }

  // ---- reading, acknowledging -----------------------------------------------------------------

  private void read(Batch batch, int count) {
    List<Bytes> keys = new ArrayList<>();
    for (Delivery delivery : batch.deliveries().subList(0, count)) {
      keys.add(delivery.key());
    }
    unacknowledged.computeIfAbsent(batch.topic(), t -> new LinkedHashSet<>()).addAll(keys);
    life.read(count);
    if (behaves) {
      acknowledgeIn(MILLIS, batch.topic(), keys);
    } else {
      acknowledgeSomehow(batch.topic(), keys);
    }
  }

  private void acknowledgeSomehow(String topic, List<Bytes> keys) {
    int draw = faulty && !life.isDraining() ? random.nextInt(100) : 99;
    if (draw < 6) {
      return; // never, unless it is asked again
    }
    long nanos = draw < 12 ? millis(5_000) : draw < 40 ? millis(3) : millis(60);
    if (draw < 20 || draw > 90) {
      keys.forEach(key -> acknowledgeIn(nanos + millis(20), topic, List.of(key)));
    } else {
      acknowledgeIn(nanos, topic, keys);
    }
    if (draw >= 20 && draw < 26) {
      acknowledgeIn(nanos + millis(2_000), topic, keys);
    }
  }

  private long millis(int max) {
    return 1 + random.nextInt(max) * MILLIS + random.nextInt(1_000_000);
  }

  private void acknowledgeIn(long nanos, String topic, List<Bytes> keys) {
    life.agenda().in(nanos, () -> acknowledge(topic, keys));
  }

  private void acknowledge(String topic, List<Bytes> keys) {
    if (keys.isEmpty()) {
      return;
    }
    if (life.requests().acknowledge(topic, name, keys)) {
      unacknowledged.get(topic).removeAll(keys);
    } else {
      acknowledgeIn(millis(200), topic, keys);
    }
  }

  // ---- the connection -------------------------------------------------------------------------

  /** The broker's side of it, as long as the broker lives. */
  final class Connection implements Sender {
    private final Sender.Link link;
    private boolean closed;
    private boolean open;
    private boolean pushing;

    Connection(Sender.Link link) {
      this.link = link;
    }

    /** Whether it is there and nothing is being pushed over it. */
    boolean isIdle() {
      return open && !pushing;
    }

    @Override
    public void open() {
      later(millis(2), away ? this::fail : this::opened);
    }

    private void opened() {
      open = true;
      life.note(() -> name + " accepts the connection");
      link.opened();
      life.broker().afterwards(() -> life.expectations().acknowledgements.opened(name));
    }

    private void fail() {
      open = false;
      pushing = false;
      life.note(() -> "the connection to " + name + " breaks");
      link.failed("nobody is there");
      life.broker().afterwards(() -> life.expectations().pushes.failed(name));
    }

    @Override
    public boolean push(Batch batch) {
      life.note(() -> "the broker pushes " + words(batch));
      life.expectations().pushes.chosen(batch);
      pushing = true;
      if (!open) {
        later(millis(1), this::fail); // it has gone, and the broker has not heard of it yet
        return false;
      }
      int size = batch.deliveries().size();
      int draw = life.isDraining() || !faulty ? 99 : random.nextInt(100);
      if (draw < 8 || away) {
        int count = random.nextInt(size + 1);
        later(millis(5), () -> read(batch, away ? 0 : count));
        later(6 * MILLIS + (draw == 0 ? millis(8_000) : 0), this::fail);
      } else if (draw < 11) {
        later(millis(5), () -> pushed(batch));
        later(5 * MILLIS + millis(100), () -> close(true));
      } else {
        long readIn = millis(3);
        long pushedIn = draw < 13 ? millis(3_000) : draw < 60 ? millis(3) : 0;
        life.agenda().in(readIn, () -> read(batch, size));
        if (draw < 25) {
          later(Math.max(readIn, pushedIn) + millis(30), () -> close(false));
        }
        if (pushedIn == 0) {
          pushing = false;
          life.note(() -> "the batch is pushed whole at once");
          life.expectations().pushes.pushed(batch.topic(), name);
          return true;
        }
        later(pushedIn, () -> pushed(batch));
      }
      return false;
    }

    private void pushed(Batch batch) {
      pushing = false;
      life.note(() -> "the batch of " + batch.topic() + " for " + name + " is pushed whole");
      link.pushed();
      life.broker().afterwards(() -> life.expectations().pushes.pushed(batch.topic(), name));
    }

    private void close(boolean unread) {
      if (isIdle()) {
        open = false;
        life.note(() -> name + " closes the connection" + (unread ? ", unread" : ""));
        link.closed(unread);
        life.broker().afterwards(() -> life.expectations().acknowledgements.closed(name, unread));
      }
    }

    void appeared() {
      link.appeared();
    }

    @Override
    public void close() {
      closed = true;
    }

    /** Ends with its broker. */
    private void later(long nanos, Runnable what) {
      life.agenda()
          .in(
              nanos,
              () -> {
                if (!closed && life.isCurrent(this)) {
                  what.run();
                }
              });
    }
  }

  private static String words(Batch batch) {
    StringBuilder words = new StringBuilder(batch.topic() + " to " + batch.subscriber() + ":");
    for (Delivery delivery : batch.deliveries()) {
      boolean letter = Letter.isOne(delivery.payload());
      words.append(letter ? " letter" : " m" + Published.number(delivery.payload()));
      words.append(" as ").append(delivery.key().text());
      words.append(delivery.attempt() > 1 ? " attempt " + delivery.attempt() : "");
    }
    return words.toString();
  }
}
