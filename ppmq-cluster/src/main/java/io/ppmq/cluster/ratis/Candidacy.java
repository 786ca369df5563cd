package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.Replica;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The conditions that must hold before the broker of an elected node begins. */
final class Candidacy implements Roles.Opening {
  /** The members of the group. */
  interface Members {
    Membership now() throws ClusterException;
  }

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long FOUNDING_MILLIS = 30_000;

  /** The first id depends on the time, beyond the ids of a store that was made at another time. */
  private static final int IDS_PER_SECOND_BITS = 20;

  private final ClusterSettings settings;
  private final Replica replica;
  private final RaftNode raft;
  private final OwnReport own;
  private final Members members;
  private volatile @Nullable String fault;
  private volatile @Nullable EntryLog leaders;

  Candidacy(
      ClusterSettings settings, Replica replica, RaftNode raft, OwnReport own, Members members) {
    this.settings = settings;
    this.replica = replica;
    this.raft = raft;
    this.own = own;
    this.members = members;
  }

  /** Why this node did not lead when it was elected; null if the reason is gone. */
  @Nullable String fault() {
    return fault == null || own.agrees() ? null : fault;
  }

  /**
   * Whether a majority of the configured nodes are members, and this node has the topics and
   * subscribers of the last leader, or those that a majority has by now.
   */
  @Override
  public boolean mayBegin(long term) throws ClusterException, InterruptedException {
    if (!replica.isFounded()) {
      long firstId = (System.currentTimeMillis() / 1000) << IDS_PER_SECOND_BITS;
      raft.entryLog().put(replica.founding(term, firstId), FOUNDING_MILLIS);
    }
    if (raft.peers().size() < settings.majority() || !own.isConfigured()) {
      return false;
    }
    if (own.agrees()) {
      return true;
    }
    if (fault == null) {
      fault = "its topics or subscribers differ from those of the leader before it";
      LOG.error("this node does not lead: {}", fault);
    }
    handOn("its configuration differs");
    Thread.sleep(settings.electionTimeout().toMillis());
    return false;
  }

  @Override
  public Store open(long term) throws ClusterException {
    fault = null;
    EntryLog log = raft.entryLog();
    leaders = log;
    return replica.lead(term, log);
  }

  /** Has the members elect again, if the broker that this node began can commit nothing more. */
  void look(boolean serves) {
    EntryLog log = leaders;
    if (serves && log != null && log.hasRefused()) {
      raft.stepDown();
    }
  }

  @Override
  public void handOn(String reason) {
    handOn(reason, report -> true);
  }

  @Override
  public void stepDown() {
    raft.stepDown();
  }

  /** Has one of the nodes lead whose report fits, where there is one. */
  void handOn(String reason, Predicate<NodeReport> fits) {
    String counts = own.leadersConfig();
    try {
      if (members.now().handOn(fits.and(r -> counts.isEmpty() || r.config().equals(counts)))) {
        LOG.info("this node hands the lead on: {}", reason);
      }
    } catch (ClusterException inNoCluster) {
      // the node does not lead then
    }
  }
}
