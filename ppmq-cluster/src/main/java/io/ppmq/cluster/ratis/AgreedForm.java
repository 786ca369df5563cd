package io.ppmq.cluster.ratis;

import io.ppmq.store.rocksdb.EntryForm;
import io.ppmq.store.rocksdb.Replica;
import org.apache.ratis.protocol.RaftPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The form in which a leader writes entries: the newest that all members can read. A member's hello
 * tells which forms it reads; a member that has been down since this node started counts as one of
 * the first version.
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

  /** The newest form that all members can read, as far as this node knows. */
  int agreed() {
    return agreed;
  }

  /** Computes it again; called now and then. */
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
