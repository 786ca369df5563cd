package io.ppmq.broker;

import io.ppmq.topic.Topic;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The topics of which something is to be handed to the store before its next commit. Owned by the
 * writer's thread.
 */
final class Unsaved {
  private final Set<Topic> changed = new LinkedHashSet<>();
  private final Set<Topic> touched = new HashSet<>();

  /** A topic was given something to do: what came of it is saved with the next commit. */
  void changed(Topic topic) {
    changed.add(topic);
  }

  /** Likewise for several. */
  void changed(Set<Topic> topics) {
    changed.addAll(topics);
  }

  /** A batch was pushed: that and how often its messages were sent is saved likewise. */
  void touched(Topic topic) {
    changed.add(topic);
    touched.add(topic);
  }

  /** Hands what changed to the store, to be part of its next commit. */
  void flush() {
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
