package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The relevant versions of every producer's key of a topic. Guarded by the {@link Ledger}. */
final class KeyedVersions {
  /** A version with this many newer ones that are certain is irrelevant. */
  private static final int KEPT = 300;

  private final Map<String, TreeMap<Integer, Published>> byKey = new HashMap<>();

  void sent(Published message) {
    TreeMap<Integer, Published> all = byKey.computeIfAbsent(message.key, key -> new TreeMap<>());
    all.put(message.version, message);
    if (all.size() > KEPT) {
      all.pollFirstEntry();
    }
  }

  /** A version that was replaced before the batch was chosen must not arrive. */
  void checkNewest(Published message, long chosenAfterNanos) {
    for (Published newer : after(message)) {
      assertThat(newer.isCertain() && newer.settledNanos < chosenAfterNanos)
          .as("%s version %d came, %d had replaced it", message, message.version, newer.version)
          .isFalse();
    }
  }

  /** The newest version of each key that must exist. */
  List<Published> newestCertain() {
    List<Published> newest = new ArrayList<>();
    for (TreeMap<Integer, Published> all : byKey.values()) {
      all.descendingMap().values().stream()
          .filter(message -> message.confirmedIn != null && message.isCertain())
          .findFirst()
          .ifPresent(newest::add);
    }
    return newest;
  }

  /** Whether it expired, or was replaced by a version that did. */
  boolean mayHaveExpired(Published message, long nowMillis) {
    return message.isExpired(nowMillis)
        || after(message).stream().anyMatch(newer -> newer.isExpired(nowMillis));
  }

  boolean hasNewer(Published message) {
    return !after(message).isEmpty();
  }

  private Collection<Published> after(Published message) {
    return byKey
        .getOrDefault(message.key, new TreeMap<>())
        .tailMap(message.version, false)
        .values();
  }
}
