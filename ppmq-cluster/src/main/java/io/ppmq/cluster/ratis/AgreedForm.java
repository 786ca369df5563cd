package io.ppmq.cluster.ratis;

import io.ppmq.store.rocksdb.EntryForm;
import io.ppmq.store.rocksdb.Replica;
import org.apache.ratis.protocol.RaftPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In which form a leader writes entries: the newest that all members read. The forms that a member
 * reads are known once it was heard; a member that has been down since this node started counts as
 * one of the first version.
 */
final class AgreedForm {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final String self;
  private final RaftNode raft;
  private final Neighbours neighbours;
  private final Replica replica;
  private volatile int agreed = EntryForm.FIRST;

  AgreedForm(String self, RaftNode raft, Neighbours neighbours, Replica replica) {
    this.self = self;
    this.raft = raft;
    this.neighbours = neighbours;
    this.replica = replica;
  }

  /** The newest that all members read, as far as this node knows. */
  int agreed() {
    return agreed;
  }

  /** Looks again; called now and then. */
  void look(boolean leads) {
    int all = EntryForm.newest();
    for (RaftPeer peer : raft.peers()) {
      String node = NodeIdentity.nodeOf(peer.getId().toString());
      if (!node.equals(self)) {
        NodeReport last = neighbours.lastReport(node);
        all = Math.min(all, last == null ? EntryForm.FIRST : last.entryForm());
      }
    }
    if (all != agreed) {
      if (leads) {
        LOG.info("all members read entries of form {}: they are written in it from now on", all);
      }
      agreed = all;
      replica.proposeIn(all);
    }
  }
}
