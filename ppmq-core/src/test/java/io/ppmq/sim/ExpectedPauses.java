package io.ppmq.sim;

import io.ppmq.broker.request.Pause;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The pauses, and those that a loss may undo. */
final class ExpectedPauses {
  private record Change(Pause pause, boolean paused, Submitted by) {}

  private final List<Change> changes = new ArrayList<>();
  private final Set<Pause> now = new LinkedHashSet<>();

  /** The writer has paused or resumed a delivery. */
  void changed(Pause pause, boolean paused, Submitted by) {
    Change change = new Change(pause, paused, by);
    changes.add(change);
    apply(change);
  }

  private void apply(Change change) {
    if (change.paused) {
      now.add(change.pause);
    } else {
      now.remove(change.pause);
    }
  }

  /** The broker died: uncommitted changes did not happen. */
  void died(long kept, boolean powerLost) {
    changes.removeIf(change -> !change.by.survives(kept, powerLost));
    now.clear();
    changes.forEach(this::apply);
  }

  Set<Pause> now() {
    return new LinkedHashSet<>(now);
  }

  boolean cover(String topic, String subscriber) {
    return now.stream().anyMatch(pause -> pause.covers(topic, subscriber));
  }
}
