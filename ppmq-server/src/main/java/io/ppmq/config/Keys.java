package io.ppmq.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The possible keys of a mapping, by its place in the file.
 *
 * @param place the place of such a mapping, for the message about a misplaced key; empty if the
 *     file chooses the keys
 */
record Keys(String place, List<Key<?>> keys) {
  /** Any key: the file chooses the names. */
  static final Keys ANY = new Keys("", List.of());

  private boolean has(String name) {
    for (Key<?> key : keys) {
      if (key.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** The warning about a key; null if it is known here. */
  @Nullable String warning(String name) {
    if (place.isEmpty() || has(name)) {
      return null;
    }
    return "unknown key " + Quoted.of(name) + " has no effect" + hint(name);
  }

  private String hint(String name) {
    for (Keys other :
        List.of(ConfigKeys.FILE, ConfigKeys.SUBSCRIBER, ConfigKeys.TOPIC, ClusterKeys.KEYS)) {
      if (other.has(name)) {
        return ": it belongs in " + other.place;
      }
    }
    String nearest = Spelling.nearest(name, keys.stream().map(key -> key.name()).toList());
    return Spelling.isMeant(name, nearest)
        ? ": did you mean " + nearest + "?"
        : ": the nearest that is known here is " + nearest;
  }
}
