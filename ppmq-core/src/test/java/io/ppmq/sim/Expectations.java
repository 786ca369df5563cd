package io.ppmq.sim;

import io.ppmq.broker.SimulatedBroker;
import io.ppmq.broker.request.Pause;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The messages that the broker still has to deliver, worked out from section 4 of the specification
 * as commands take effect, and compared with the broker's actions. If a loss leaves the broker's
 * knowledge open, nothing is expected that it cannot know.
 */
final class Expectations {
  final Ledger ledger;
  final Delays delays;
  final ExpectedWorkers workers;
  final WorkerCheck workerCheck;
  final Bounds bounds;
  final Arrivals arrivals;
  final Pushes pushes;
  final Acknowledgements acknowledgements;
  final Removals removals;
  final Deaths deaths;
  final Requeues requeues;
  final Nacks nacks;
  final Extensions extensions;
  final Losses losses;
  final Audit audit;

  Expectations(SimClock clock, SimDisk disk) {
    ledger = new Ledger(clock, disk);
    DeliveryCheck deliveries = new DeliveryCheck(ledger);
    workers = new ExpectedWorkers(ledger);
    workerCheck = new WorkerCheck(ledger, workers, deliveries);
    delays = new Delays(ledger, deliveries);
    bounds = new Bounds(ledger, delays);
    arrivals = new Arrivals(ledger, bounds, delays);
    deaths = new Deaths(ledger, bounds);
    nacks = new Nacks(ledger, deliveries, deaths);
    extensions = new Extensions(ledger, deliveries);
    pushes = new Pushes(ledger, deliveries, workerCheck, nacks);
    acknowledgements = new Acknowledgements(ledger, deliveries);
    removals = new Removals(ledger, delays);
    requeues = new Requeues(ledger, bounds);
    losses = new Losses(ledger, pushes, delays, nacks);
    audit = new Audit(ledger, workers);
  }

  // ---- looking --------------------------------------------------------------------------------

  /** Compares everything that the broker shows with what it must have. */
  void look(SimulatedBroker broker, boolean shows) {
    for (TopicSettings topic : shows ? ledger.settings().values() : List.<TopicSettings>of()) {
      delays.look(topic.name(), broker.peekDelayed(topic.name()));
      if (!ledger.deadLetters(topic.name()).live().isEmpty()) {
        look(broker, topic.name(), TopicSettings.DEAD_LETTERS);
      }
      for (String subscriber : topic.subscribers()) {
        look(broker, topic.name(), subscriber);
      }
    }
  }

  private void look(SimulatedBroker broker, String topic, String subscriber) {
    audit.look(topic, subscriber, broker.peek(topic, subscriber, Integer.MAX_VALUE));
  }

  /** The broker has nothing to do, and everything works. */
  void checkAtRest() {
    audit.checkDeadlines();
    workerCheck.checkServed();
    deaths.checkDoomed();
  }

  /** Some faults are active. */
  void troubled() {
    workerCheck.troubled();
    deaths.troubled();
  }

  // ---- workers --------------------------------------------------------------------------------

  /** The writer releases a worker for good. */
  void gone(Worker worker) {
    workers.gone(worker);
    losses.workerGone(worker);
  }

  // ---- what an administrator does -------------------------------------------------------------

  /** A broker starts with these settings. */
  void starting(Plan plan) {
    ledger.configure(plan.topics(), plan.subscribers(), plan.closed());
    workers.configure(plan.connections());
  }

  /** A running broker applies these settings from now on. */
  void reloaded(
      Map<String, TopicSettings> settings, Map<String, BatchLimits> limits, Set<String> closed) {
    Map<String, TopicSettings> before = ledger.settings();
    List<ExpectedQueue> attached = new ArrayList<>(ledger.allQueues());
    attached.removeIf(queue -> !queue.attached);
    attached.forEach(queue -> queue.timeUp(ledger.clock.elapsedNanos()));
    ledger.noteDropped();
    ledger.configure(settings, limits, closed);
    nacks.resumed();
    attached.forEach(queue -> deaths.spare(queue, before.get(queue.topic)));
    for (ExpectedQueue queue : attached) {
      if (!queue.attached) {
        losses.connectionsGone(queue);
        deaths.mayDie(queue, before.get(queue.topic));
        Nacks.detached(queue);
      } else {
        TopicSettings topic = settings.get(queue.topic);
        TopicSettings was = before.get(queue.topic);
        long retry = topic.ackRetryMillis();
        long longest = topic.limits().ackRetryMaxMillis();
        if (retry != was.ackRetryMillis() || longest != was.limits().ackRetryMaxMillis()) {
          long now = ledger.clock.elapsedNanos(); // a timer fires in the next turn, or at once
          queue.batches().forEach(batch -> batch.dueIn(retry, longest, now));
        }
      }
    }
  }

  /** The writer has paused or resumed a delivery. */
  void paused(Pause pause, boolean paused) {
    ledger.pauses.changed(pause, paused, ledger.nextCommit());
  }

  /** The present pauses. */
  Set<Pause> paused() {
    return ledger.pauses.now();
  }
}
