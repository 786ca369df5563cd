package io.ppmq.cluster.ratis;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;

/**
 * Ends a leader that no longer hears a majority. Ratis checks that only after two election timeouts
 * without other events, so that a leader that is cut off could lead for four. One thread.
 */
final class Hearing {
  private final RaftNode raft;
  private final long patienceMillis;
  private boolean missed;

  /** A leader must have heard a majority within three quarters of two election timeouts. */
  Hearing(RaftNode raft, long electionMillis) {
    this.raft = raft;
    this.patienceMillis = 2 * electionMillis * 3 / 4;
  }

  /**
   * Called now and then. Acts only if the majority is missing twice in a row: after a pause of this
   * process, messages that arrived meanwhile are still unread.
   */
  void check() {
    RaftServer.Division division = raft.division();
    if (division == null) {
      return;
    }
    boolean before = missed;
    missed = misses(division.getInfo().getRoleInfoProto(), raft.peers());
    if (before && missed) {
      raft.stepDown();
    }
  }

  private boolean misses(RoleInfoProto role, Collection<RaftPeer> members) {
    if (!role.hasLeaderInfo() || role.getRoleElapsedTimeMs() < patienceMillis) {
      return false;
    }
    Set<String> silent = new HashSet<>();
    for (ServerRpcProto follower : role.getLeaderInfo().getFollowerInfoList()) {
      if (follower.getLastRpcElapsedTimeMs() >= patienceMillis) {
        silent.add(follower.getId().getId().toStringUtf8());
      }
    }
    long heard = members.stream().filter(m -> !silent.contains(m.getId().toString())).count();
    return 2 * heard <= members.size();
  }
}
