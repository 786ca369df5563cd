package io.ppmq.broker.delivery;

import io.ppmq.broker.request.Pause;
import io.ppmq.store.Store;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The paused topics and subscribers, remembered in the store: so they stay paused after a restart.
 * Owned by the writer's thread.
 */
public final class Pauses {
  private final Store store;
  private final Set<Pause> pauses = new LinkedHashSet<>();

  public Pauses(Store store) {
    this.store = store;
    for (String mark : store.marks()) {
      Pause pause = Pause.of(mark);
      if (pause != null) {
        pauses.add(pause);
      }
    }
  }

  /** Whether it was not paused before. */
  public boolean add(Pause pause) {
    boolean added = pauses.add(pause);
    if (added) {
      store.mark(pause.mark());
    }
    return added;
  }

  /** Whether it was paused before. */
  public boolean remove(Pause pause) {
    boolean removed = pauses.remove(pause);
    if (removed) {
      store.unmark(pause.mark());
    }
    return removed;
  }

  boolean covers(String topic, String subscriber) {
    for (Pause pause : pauses) {
      if (pause.covers(topic, subscriber)) {
        return true;
      }
    }
    return false;
  }

  public Set<Pause> all() {
    return new LinkedHashSet<>(pauses);
  }
}
