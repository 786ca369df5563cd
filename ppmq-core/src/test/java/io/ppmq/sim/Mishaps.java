package io.ppmq.sim;

import io.ppmq.broker.request.Pause;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The faults in a life, and other unscheduled events. */
final class Mishaps {
  private static final long MILLIS = 1_000_000L;

  private final Life life;
  private final Random random;
  private final List<Runnable> kinds = new ArrayList<>();
  private final int meanMillis;
  private final boolean jumps;
  private boolean cutsPower;
  private boolean over;

  Mishaps(Life life, Random random, boolean faulty) {
    this.life = life;
    this.random = random;
    this.meanMillis = 300 + random.nextInt(2_000);
    kinds.add(this::restart);
    kinds.add(this::reload);
    kinds.add(this::purge);
    kinds.add(this::requeue);
    kinds.add(this::delete);
    this.jumps = faulty && random.nextInt(3) > 0;
    if (faulty) {
      List<Runnable> all =
          List.of(
              this::kill,
              this::loseThePower,
              this::refuseCommits,
              this::refuseSyncs,
              this::refuseReads,
              this::lackRoom,
              this::jump,
              this::leave,
              this::reconnect,
              this::pause);
      for (Runnable kind : all) {
        if (random.nextInt(3) > 0) {
          kinds.add(kind);
        }
      }
      if (random.nextBoolean()) {
        life.faults().tellingDeaths();
      }
    }
  }

  void begin() {
    next();
  }

  void end() {
    over = true;
  }

  private void next() {
    if (!over) {
      life.agenda().in((1 + random.nextInt(2 * meanMillis)) * MILLIS, this::happen);
    }
  }

  private void happen() {
    if (!over) {
      kinds.get(random.nextInt(kinds.size())).run();
      next();
    }
  }

  /** Whether the power fails now, while the disk is working. */
  boolean cutsPower() {
    boolean cuts = cutsPower;
    cutsPower = false;
    return cuts;
  }

  private void restart() {
    if (life.isRunning()) {
      life.brokers().stop();
      if (life.isRunning()) {
        return;
      }
      if (random.nextBoolean()) {
        life.plan().change();
      }
      if (jumps && random.nextInt(3) == 0) {
        jump();
      }
      life.brokers().startIn(1 + random.nextInt(500));
    }
  }

  private void reload() {
    life.plan().change();
    life.requests().reload();
    if (random.nextBoolean()) {
      life.producers().publishSome(); // before it is carried out, with the rules of before
    }
  }

  private void purge() {
    String topic = some(life.expectations().ledger.settings().keySet());
    String subscriber = some().name();
    if (topic == null || random.nextInt(3) > 0) {
      return;
    }
    if (random.nextBoolean()) {
      life.requests().purge(topic);
    } else if (life.expectations().ledger.isAttached(topic, subscriber)) {
      life.requests().purge(topic, subscriber);
    }
  }

  private void delete() {
    String topic = some(life.expectations().ledger.settings().keySet());
    String subscriber = some().name();
    if (topic != null && random.nextInt(3) == 0) {
      life.requests().deleteDelayed(topic, random::nextInt);
    } else if (topic != null && life.expectations().ledger.isAttached(topic, subscriber)) {
      life.requests().delete(topic, subscriber, random::nextInt);
    }
  }

  /** Requeues some dead letters, and drops others. */
  void requeue() {
    for (String topic : life.expectations().ledger.settings().keySet()) {
      for (Published letter : life.expectations().requeues.letters(topic)) {
        int draw = random.nextInt(8);
        if (draw > 2) {
          life.requests().requeue(topic, letter);
        } else if (draw == 0) {
          life.requests().drop(topic, letter);
        }
      }
    }
  }

  private void kill() {
    if (life.isRunning()) {
      if (random.nextInt(4) == 0) {
        life.plan().change();
      }
      life.brokers().die(false);
    }
  }

  private void loseThePower() {
    if (life.isRunning()) {
      if (random.nextInt(3) == 0) {
        cutsPower = true;
      } else {
        life.brokers().die(true);
      }
    }
  }

  private void refuseCommits() {
    long nanos = random.nextInt(1_500) * MILLIS;
    life.note(() -> "the disk refuses commits for " + nanos / MILLIS + " ms");
    life.faults().commitsFail(nanos);
  }

  private void refuseSyncs() {
    long nanos = random.nextInt(1_000) * MILLIS;
    life.note(() -> "the disk refuses syncs for " + nanos / MILLIS + " ms");
    life.faults().syncsFail(nanos);
  }

  private void refuseReads() {
    life.note(() -> "the disk refuses some reads");
    life.readsFail(0.01);
    life.agenda().in(random.nextInt(500) * MILLIS, () -> life.readsFail(0));
  }

  private void lackRoom() {
    long nanos = random.nextInt(2_000) * MILLIS;
    life.note(() -> "the disk has no room for messages for " + nanos / MILLIS + " ms");
    life.faults().roomLacks(nanos);
  }

  private void jump() {
    int[] millisMax = {500, 10_000, 7_200_000};
    long millis = random.nextInt(millisMax[random.nextInt(millisMax.length)]);
    long by = random.nextBoolean() ? millis : -millis;
    life.note(() -> "the time of day jumps by " + by + " ms");
    life.expectations().ledger.noteExpired();
    life.clock().jump(by);
  }

  private void leave() {
    some().leave((long) random.nextInt(8_000) * MILLIS);
  }

  private void reconnect() {
    String topic = random.nextBoolean() ? null : "t" + random.nextInt(3);
    life.requests().reconnect(some().name(), topic, null);
  }

  private void pause() {
    Set<Pause> paused = life.expectations().paused();
    if (!paused.isEmpty() && random.nextBoolean()) {
      life.requests().pause(paused.iterator().next(), false);
    } else {
      String topic = "t" + random.nextInt(3);
      int draw = random.nextInt(3);
      life.requests()
          .pause(new Pause(draw == 0 ? null : topic, draw == 1 ? null : some().name()), true);
    }
  }

  private @Nullable String some(Set<String> names) {
    List<String> all = List.copyOf(names);
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  private SimSubscriber some() {
    List<SimSubscriber> all = List.copyOf(life.subscribers().values());
    return all.get(random.nextInt(all.size()));
  }
}
