package io.ppmq.broker;

import io.ppmq.topic.Topic;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The topics of which something is to be handed to the store before its next commit. Owned by the
 * writer's thread.
 */
final class Unsaved {
  private final Set<Topic> changed = new LinkedHashSet<>();

  /** A topic was given something to do: what came of it is saved with the next commit. */
  void changed(Topic topic) {
    changed.add(topic);
  }

  /** Likewise for several. */
  void changed(Set<Topic> topics) {
    changed.addAll(topics);
  }

  /** Hands what changed to the store, to be part of its next commit. */
  void flush() {
    changed.forEach(Topic::flush);
    changed.clear();
  }
}
