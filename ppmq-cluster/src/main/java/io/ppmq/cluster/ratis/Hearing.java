package io.ppmq.cluster.ratis;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;

/**
 * Whether a leader still hears a majority; one that does not leads no more. Ratis looks only when
 * nothing else has happened for two election timeouts, so that a leader that is cut off could lead
 * for four. One thread.
 */
final class Hearing {
  private final RaftNode raft;
  private final long patienceMillis;
  private boolean missed;

  /** A leader has to have heard a majority within three quarters of two election timeouts. */
  Hearing(RaftNode raft, long electionMillis) {
    this.raft = raft;
    this.patienceMillis = 2 * electionMillis * 3 / 4;
  }

  /**
   * To be called every now and then. A majority must be missed twice in a row: after a pause of
   * this process the messages that came meanwhile have yet to be read.
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
