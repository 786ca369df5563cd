package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** All producers. */
final class Producers {
  private static final long MILLIS = 1_000_000L;
  private static final int BACKLOG_MAX = 120;
  private static final int KEYS_MAX = 6;

  private final Life life;
  private final Random random;
  private final List<SimSource> sources =
      List.of(new SimSource(), new SimSource(), new SimSource());
  private final int meanMillis;
  private final boolean asks;
  private final boolean inStep;
  private final int keys;
  private final boolean brief;

  Producers(Life life, Random random) {
    this.life = life;
    this.random = random;
    this.meanMillis = random.nextInt(3) > 0 ? 5 + random.nextInt(60) : 100 + random.nextInt(300);
    this.asks = random.nextInt(5) > 0;
    this.inStep = random.nextInt(4) == 0;
    this.brief = random.nextInt(4) == 0;
    this.keys = random.nextBoolean() ? KEYS_MAX : 1 + random.nextInt(KEYS_MAX);
  }

  void begin() {
    next();
  }

  /** A producer is not held back by a broker that is not there. */
  void brokerGone() {
    sources.forEach(SimSource::release);
  }

  private void next() {
    life.agenda().in(random.nextInt((int) (2L * meanMillis * MILLIS)), this::publish);
  }

  private void publish() {
    if (!life.isDraining()) {
      publishNow();
      next();
    }
  }

  /** If producers and subscribers are in step, an acknowledgement causes a publish. */
  void acknowledged() {
    if (inStep && !life.isDraining() && random.nextInt(4) == 0) {
      publishNow();
    }
  }

  /** Publishes an unscheduled value. */
  void publishSome() {
    if (!life.isDraining()) {
      publishNow();
    }
  }

  private void publishNow() {
    Ledger ledger = life.expectations().ledger;
    List<String> topics = new ArrayList<>(ledger.settings().keySet());
    topics.removeIf(ledger::isClosed); // a user without the right to publish is refused at once
    SimSource source = sources.get(random.nextInt(sources.size()));
    boolean waits = source.isHeld() && random.nextInt(8) > 0;
    if (!waits
        && life.requests().accepted()
        && !topics.isEmpty()
        && life.expectations().audit.backlog() < BACKLOG_MAX) {
      String topic = topics.get(random.nextInt(topics.size()));
      Submitted submitted = life.requests().submitted(asks && random.nextInt(10) > 0);
      int count = random.nextInt(4) > 0 ? 1 : 1 + random.nextInt(6);
      List<Published> messages = new ArrayList<>();
      int first = life.expectations().ledger.nextNumber();
      for (int i = 0; i < count; i++) {
        messages.add(new Published(first + i, topic, message(first + i), submitted));
      }
      life.requests().publish(messages, submitted, source);
    }
  }

  private Message message(int number) {
    Bytes any = Bytes.utf8("key-" + random.nextInt(keys));
    Delay delay = random.nextInt(6) == 0 ? delay() : null;
    Bytes key = delay != null || random.nextInt(6) == 0 ? null : any;
    int letters = random.nextInt(8) == 0 ? random.nextInt(80) : random.nextInt(8);
    return new Message(
        key, Published.payload(number, letters), expires(), random.nextInt(6) - 1, delay);
  }

  private Delay delay() {
    long millis =
        switch (random.nextInt(8)) {
          case 0 -> random.nextInt(3);
          case 1 -> 3_600_000 + random.nextInt(1_000);
          case 2, 3 -> random.nextInt(10_000);
          default -> random.nextInt(500);
        };
    return random.nextBoolean()
        ? new Delay(true, millis)
        : new Delay(false, life.clock().wallMillis() + millis - 10);
  }

  private @Nullable Instant expires() {
    long now = life.clock().wallMillis();
    return switch (random.nextInt(brief ? 4 : 8)) {
      case 0 -> Instant.ofEpochMilli(now + random.nextInt(100) - 10);
      case 1 -> Instant.ofEpochMilli(now + random.nextInt(5_000));
      case 2 -> Instant.ofEpochMilli(now + 3_600_000 + random.nextInt(1_000));
      default -> null;
    };
  }
}
