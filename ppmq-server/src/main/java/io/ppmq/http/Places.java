package io.ppmq.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connections that are open, in the order in which they came. Each user has a share of the
 * places, and some are kept for root and the user of the broker. When a share is used up, a
 * newcomer takes the place of the connection that has done the least for the longest time.
 */
final class Places {
  static final int ALL_MAX = 64;

  /** For the users that are neither root nor the broker's user, together. */
  static final int OTHERS_MAX = 48;

  static final int USER_MAX = 32;

  private final List<HttpConnection> connections = new ArrayList<>();

  /** All connections, as they are now. */
  List<HttpConnection> all() {
    return List.copyOf(connections);
  }

  void add(HttpConnection connection) {
    connections.add(connection);
  }

  void remove(HttpConnection connection) {
    connections.remove(connection);
  }

  /** Whether one more of this peer has a place. */
  boolean hasRoom(Peer peer) {
    return connections.size() < ALL_MAX
        && (peer.trusted() || count(one -> !one.peer().trusted()) < OTHERS_MAX)
        && (peer.user() == null || count(one -> peer.equals(one.peer())) < USER_MAX);
  }

  /** The connection that has to go so that there is a place; null when none can be ended. */
  @Nullable HttpConnection leastUseful(Peer peer) {
    Predicate<HttpConnection> candidates;
    if (peer.user() != null && count(one -> peer.equals(one.peer())) >= USER_MAX) {
      candidates = one -> peer.equals(one.peer());
    } else {
      Map<Peer, Integer> counts = new HashMap<>();
      for (HttpConnection one : connections) {
        if (peer.trusted() || !one.peer().trusted()) {
          counts.merge(one.peer(), 1, Integer::sum);
        }
      }
      Peer most = Collections.max(counts.entrySet(), Map.Entry.comparingByValue()).getKey();
      candidates = one -> most.equals(one.peer());
    }
    return connections.stream()
        .filter(candidates.and(one -> !one.isAnswering()))
        .min(Comparator.comparing(HttpConnection::state).thenComparing(HttpConnection::movedNanos))
        .orElse(null);
  }

  private int count(Predicate<HttpConnection> which) {
    return (int) connections.stream().filter(which).count();
  }
}
