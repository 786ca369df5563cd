package io.ppmq.sim;

import io.ppmq.broker.request.Command;
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
import org.jspecify.annotations.Nullable;

/**
 * A subscriber that outlives brokers. It is sometimes absent, reads batches completely, in part or
 * not at all, and acknowledges early, late, twice, in pieces or never, until it must behave. Its
 * socket has {@link SimPlace}s, and its {@link SimWorker}s subscribe.
 */
final class SimSubscriber {
  private static final long MILLIS = 1_000_000L;

  private static final long[] NACKED_MILLIS = {
    Command.Nack.BY_ATTEMPTS, Command.Nack.BY_ATTEMPTS, 0, 1, 60, 60, 400, 5_000, Command.Nack.NEVER
  };

  private final String name;
  private final Life life;
  private final Random random;
  private final boolean faulty;
  private final boolean nacks;
  private final boolean slow;
  private final Map<String, Set<Bytes>> unacknowledged = new TreeMap<>();
  private final Set<SimWorker> workers = new LinkedHashSet<>();
  private boolean away;
  private boolean behaves;

  SimSubscriber(String name, Life life, Random random, boolean faulty) {
    this.name = name;
    this.life = life;
    this.random = random;
    this.faulty = faulty;
    this.nacks = random.nextBoolean();
    this.slow = random.nextInt(5) == 0;
  }

  String name() {
    return name;
  }

  /** From now on it is present, reads everything, and acknowledges everything it has ever read. */
  void behave() {
    behaves = true;
    away = false;
    unacknowledged.forEach((topic, keys) -> acknowledge(topic, List.copyOf(keys), null));
    List.copyOf(workers).forEach(SimWorker::end);
    beginWorkers();
  }

  boolean isAway() {
    return away;
  }

  boolean behaves() {
    return behaves;
  }

  /** Whether it behaves from now on, or always did. */
  boolean isGood() {
    return !faulty || life.isDraining();
  }

  /** It is absent, and does not announce its return. */
  void beAway() {
    away = true;
  }

  /** It is absent for a while. */
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
      life.brokers().appeared(name);
    }
  }

  // ---- workers that subscribe -----------------------------------------------------------------

  /** There is a broker to subscribe to. */
  void beginWorkers() {
    if (behaves && life.plan().connections(name) == 0) {
      beginWorker();
    } else if (!behaves) {
      for (int i = life.plan().workers(name); i > 0; i--) {
        life.agenda().in(millis(500), this::beginWorker);
      }
    }
  }

  private void beginWorker() {
    int max = behaves ? 1 : life.plan().workers(name);
    if (life.isRunning() && workers.size() < max) {
      SimWorker worker = new SimWorker(this, life, random);
      workers.add(worker);
      worker.begin();
    }
  }

  /** Whether this is one of its workers. */
  boolean has(SimWorker worker) {
    return workers.contains(worker);
  }

  /** One of its workers is gone. */
  void workerGone(SimWorker worker) {
    workers.remove(worker);
    life.agenda().in(behaves ? MILLIS : millis(1_500), this::beginWorker);
  }

  /** The broker is gone, and all of its workers with it. */
  void brokerGone() {
    workers.clear();
  }

  // ---- reading, acknowledging -----------------------------------------------------------------

  /** This worker reads a part of a batch. */
  void read(Batch batch, int count, Worker by) {
    List<Bytes> keys = new ArrayList<>();
    for (Delivery delivery : batch.deliveries().subList(0, count)) {
      keys.add(delivery.key());
    }
    unacknowledged.computeIfAbsent(batch.topic(), t -> new LinkedHashSet<>()).addAll(keys);
    life.read(count);
    if (behaves) {
      acknowledgeIn(MILLIS, batch.topic(), keys, null);
    } else {
      acknowledgeSomehow(batch.topic(), keys, by instanceof SimWorker worker ? over(worker) : null);
    }
  }

  /** The connection over which it acknowledges the messages of this worker. */
  private @Nullable SimWorker over(SimWorker worker) {
    int draw = random.nextInt(8);
    if (draw == 0) {
      List<SimWorker> all = List.copyOf(workers);
      return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }
    return draw == 1 ? null : worker;
  }

  private void acknowledgeSomehow(String topic, List<Bytes> keys, @Nullable SimWorker over) {
    if (nacks && !isGood() && random.nextInt(5) == 0) {
      nackSomehow(topic, keys, over);
      if (random.nextInt(4) > 0) {
        return;
      }
    }
    if (!isGood() && random.nextInt(6) == 0) {
      extendSomehow(topic, keys, over);
    }
    int draw = isGood() ? 99 : random.nextInt(slow ? 20 : 100);
    if (draw < 6) {
      return; // never, unless they are delivered again
    }
    long nanos = draw < 12 ? millis(5_000) : draw < 40 ? millis(3) : millis(60);
    if (draw < 20 || draw > 90) {
      keys.forEach(key -> acknowledgeIn(nanos + millis(20), topic, List.of(key), over));
    } else {
      acknowledgeIn(nanos, topic, keys, over);
    }
    if (draw >= 20 && draw < 26) {
      acknowledgeIn(nanos + millis(2_000), topic, keys, over);
    }
  }

  private void nackSomehow(String topic, List<Bytes> keys, @Nullable SimWorker over) {
    List<Bytes> some = keys.subList(0, Math.min(keys.size(), 1 + random.nextInt(3)));
    long after = NACKED_MILLIS[random.nextInt(NACKED_MILLIS.length)];
    String reason = random.nextBoolean() ? null : "reason " + random.nextInt(1_000);
    long nanos = random.nextInt(4) == 0 ? millis(500) : millis(5);
    life.agenda()
        .in(
            nanos,
            () ->
                life.requests()
                    .nack(topic, name, some, after, reason, isThere(over) ? over : null));
  }

  private void extendSomehow(String topic, List<Bytes> keys, @Nullable SimWorker over) {
    int from = random.nextInt(keys.size() + 1);
    List<Bytes> some = keys.subList(from, Math.min(keys.size(), from + 1 + random.nextInt(3)));
    int millis = 40 << random.nextInt(6);
    if (!some.isEmpty()) {
      life.agenda()
          .in(
              millis(millis),
              () -> life.requests().extend(topic, name, some, isThere(over) ? over : null));
    }
  }

  private boolean isThere(@Nullable SimWorker worker) {
    return worker != null && workers.contains(worker) && worker.isThere();
  }

  /** Up to this many milliseconds. */
  long millis(int max) {
    return 1 + random.nextInt(max) * MILLIS + random.nextInt(1_000_000);
  }

  private void acknowledgeIn(long nanos, String topic, List<Bytes> keys, @Nullable SimWorker over) {
    life.agenda().in(nanos, () -> acknowledge(topic, keys, over));
  }

  private void acknowledge(String topic, List<Bytes> keys, @Nullable SimWorker over) {
    if (keys.isEmpty()) {
      return;
    }
    SimWorker by = isThere(over) ? over : null;
    if (life.requests().acknowledge(topic, name, keys, by)) {
      unacknowledged.get(topic).removeAll(keys);
      life.producers().acknowledged();
    } else {
      acknowledgeIn(millis(200), topic, keys, over);
    }
  }

  /** The content of a batch as text. */
  static String words(Batch batch) {
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
