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
 * The open connections in the order of arrival. Each user has a share of the places, and some are
 * reserved for root and the broker's user. If a share is used up, a newcomer takes the place of the
 * connection that has done least for the longest time.
 */
final class Places {
  static final int ALL_MAX = 64;

  /** The most places for all users except root and the broker's user. */
  static final int OTHERS_MAX = 48;

  static final int USER_MAX = 32;

  private final List<HttpConnection> connections = new ArrayList<>();

  /** A copy of all connections. */
  List<HttpConnection> all() {
    return List.copyOf(connections);
  }

  void add(HttpConnection connection) {
    connections.add(connection);
  }

  void remove(HttpConnection connection) {
    connections.remove(connection);
  }

  /** Whether there is a place for one more connection of this peer. */
  boolean hasRoom(Peer peer) {
    return connections.size() < ALL_MAX
        && (peer.trusted() || count(one -> !one.peer().trusted()) < OTHERS_MAX)
        && (peer.user() == null || count(one -> peer.equals(one.peer())) < USER_MAX);
  }

  /** The connection to end to make a place; null if none can be ended. */
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
