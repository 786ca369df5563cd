package io.ppmq.sim;

import io.ppmq.broker.Pause;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the broker owes its subscribers, worked out from section 4 of the specification as commands
 * take effect, and compared with what it does. Where a loss leaves open what the broker knows,
 * nothing is expected that it cannot know.
 */
final class Expectations {
  final Ledger ledger;
  final Delays delays;
  final Bounds bounds;
  final Arrivals arrivals;
  final Pushes pushes;
  final Acknowledgements acknowledgements;
  final Removals removals;
  final Deaths deaths;
  final Requeues requeues;
  final Losses losses;
  final Audit audit;

  Expectations(SimClock clock, SimDisk disk) {
    ledger = new Ledger(clock, disk);
    DeliveryCheck deliveries = new DeliveryCheck(ledger);
    delays = new Delays(ledger, deliveries);
    bounds = new Bounds(ledger, delays);
    arrivals = new Arrivals(ledger, bounds, delays);
    pushes = new Pushes(ledger, deliveries);
    acknowledgements = new Acknowledgements(ledger, deliveries);
    removals = new Removals(ledger, delays);
    deaths = new Deaths(ledger, bounds);
    requeues = new Requeues(ledger, bounds);
    losses = new Losses(ledger, pushes, delays);
    audit = new Audit(ledger);
  }

  // ---- what an administrator does -------------------------------------------------------------

  /** A running broker goes by these settings from now on. */
  void reloaded(
      Map<String, TopicSettings> settings, Map<String, BatchLimits> limits, Set<String> closed) {
    Map<String, TopicSettings> before = ledger.settings();
    List<ExpectedQueue> attached = new ArrayList<>(ledger.allQueues());
    attached.removeIf(queue -> !queue.attached);
    attached.forEach(queue -> queue.timeUp(ledger.clock.elapsedNanos()));
    ledger.noteDropped();
    ledger.configure(settings, limits, closed);
    attached.forEach(queue -> deaths.spare(queue, before.get(queue.topic)));
    for (ExpectedQueue queue : attached) {
      if (!queue.attached) {
        losses.connectionsGone(queue);
        deaths.mayDie(queue, before.get(queue.topic));
      } else {
        long retry = settings.get(queue.topic).ackRetryMillis();
        if (retry != before.get(queue.topic).ackRetryMillis()) {
          queue.dueIn(retry, ledger.clock.elapsedNanos());
        }
      }
    }
  }

  /** The writer has paused something, or pushes it again. */
  void paused(Pause pause, boolean paused) {
    ledger.pauses.changed(pause, paused, ledger.nextCommit());
  }

  /** What is paused now. */
  Set<Pause> paused() {
    return ledger.pauses.now();
  }
}
