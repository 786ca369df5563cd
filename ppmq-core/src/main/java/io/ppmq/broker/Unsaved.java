package io.ppmq.broker;

import io.ppmq.topic.Topic;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The topics of which something is to be handed to the store before its next commit, or soon. Owned
 * by the writer's thread.
 */
final class Unsaved {
  private static final long TOUCHED_SAVE_NANOS = 20_000_000L;

  private final Timers timers;
  private final Set<Topic> changed = new LinkedHashSet<>();
  private final Set<Topic> touched = new LinkedHashSet<>();
  private boolean saveTouched;
  private boolean timerSet;

  Unsaved(Timers timers) {
    this.timers = timers;
  }

  /** A topic was given something to do: what came of it is saved with the next commit. */
  void changed(Topic topic) {
    changed.add(topic);
  }

  /** Likewise for several. */
  void changed(Set<Topic> topics) {
    changed.addAll(topics);
  }

  /** A batch was pushed: how often its messages were sent is saved with some commit soon. */
  void touched(Topic topic, long nowNanos) {
    touched.add(topic);
    if (!timerSet) {
      timerSet = true;
      timers.at(
          nowNanos + TOUCHED_SAVE_NANOS,
          () -> {
            timerSet = false;
            saveTouched = true;
          });
    }
  }

  /** Hands what changed to the store, to be part of its next commit. */
  void flush() {
    if (saveTouched) {
      saveTouched = false;
      changed.addAll(touched);
    }
    for (Topic topic : changed) {
      topic.flush(touched.remove(topic));
    }
    changed.clear();
  }

  /** Likewise, only what must survive; the next {@link #flush} looks at those topics again. */
  void flushNeeded() {
    changed.forEach(topic -> topic.flush(false));
  }
}
