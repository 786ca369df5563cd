package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.store.rocksdb.EntryForm;
import io.ppmq.store.rocksdb.Replica;
import java.security.SecureRandom;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The report of this node about itself, and the topics and subscribers in force: those of the last
 * leader, even if it is gone. Any thread.
 */
final class OwnReport {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final ClusterSettings settings;
  private final RaftNode raft;
  private final QueueMachine machine;
  private final Supplier<Roles> roles;
  private final Neighbours neighbours;
  private final Replica replica;
  private final DiskWatch disk;
  private final long boot = new SecureRandom().nextLong();
  private volatile String config = "";
  private volatile String leadersConfig = "";
  private boolean differed;
  private boolean saidThatItDiffers;

  OwnReport(
      ClusterSettings settings,
      RaftNode raft,
      QueueMachine machine,
      Supplier<Roles> roles,
      Neighbours neighbours,
      Replica replica,
      DiskWatch disk) {
    this.settings = settings;
    this.raft = raft;
    this.machine = machine;
    this.roles = roles;
    this.neighbours = neighbours;
    this.replica = replica;
    this.disk = disk;
  }

  NodeReport now() {
    RaftServer.Division division = raft.division();
    String leads = roles.get().leader();
    rememberConfig(leads);
    return new NodeReport(
        settings.name(),
        settings.node(),
        raft.identity().disk(),
        group(),
        boot,
        settings.listen().toString(),
        standing(division),
        division == null ? 0 : division.getInfo().getCurrentTerm(),
        leads == null ? "" : leads,
        roles.get().serves(),
        division == null ? -1 : division.getRaftLog().getLastCommittedIndex(),
        division == null ? -1 : machine.getLastAppliedTermIndex().getIndex(),
        replica.freeBytes(),
        System.currentTimeMillis(),
        config,
        settings.version(),
        raft.kept(),
        EntryForm.newest(),
        disk.hasRoom());
  }

  /** The group of this node; empty while it is not a member. */
  String group() {
    UUID group = raft.identity().group();
    return group == null ? "" : group.toString();
  }

  private Standing standing(RaftServer.@Nullable Division division) {
    if (neighbours.refusal() != null) {
      return Standing.REFUSED;
    }
    if (division == null) {
      return raft.isReturning() ? Standing.RETURNING : Standing.WAITING;
    }
    if (raft.peers().stream().noneMatch(p -> p.getId().equals(division.getId()))) {
      return Standing.JOINING;
    }
    return switch (division.getInfo().getCurrentRole()) {
      case LEADER -> roles.get().isElected() ? Standing.LEADER : Standing.CANDIDATE;
      case CANDIDATE -> Standing.CANDIDATE;
      default -> Standing.FOLLOWER;
    };
  }

  // ---- topics and subscribers -----------------------------------------------------------------

  /** Sets the digest of the topics and subscribers of this node. */
  void configured(String digest) {
    config = digest;
  }

  boolean isConfigured() {
    return !config.isEmpty();
  }

  /** The digest of the topics and subscribers in force; empty while unknown. */
  String leadersConfig() {
    return leadersConfig;
  }

  /**
   * Whether this node has the topics and subscribers of the last leader, or those that a majority
   * has by now.
   */
  boolean agrees() {
    String own = config;
    String others = leadersConfig;
    return others.isEmpty()
        || others.equals(own)
        || 1 + neighbours.up().values().stream().filter(r -> r.config().equals(own)).count()
            >= settings.majority();
  }

  /**
   * Says once in the log that its topics or subscribers are not the leader's, and once that they
   * are again. To be called every now and then, by one thread; a reload of both nodes takes a
   * moment, so it must be so twice in a row.
   */
  void look() {
    String others = leadersConfig;
    boolean differs = !config.isEmpty() && !others.isEmpty() && !others.equals(config);
    if (differs && differed && !saidThatItDiffers) {
      saidThatItDiffers = true;
      LOG.warn(
          "the topics or subscribers of this node differ from the leader's: it cannot lead until they"
              + " agree; make the files equal, then run 'ppmq reload'");
    } else if (!differs && saidThatItDiffers) {
      saidThatItDiffers = false;
      LOG.info("the topics and subscribers of this node agree with the leader's again");
    }
    differed = differs;
  }

  private void rememberConfig(@Nullable String leads) {
    if (leads == null) {
      return;
    }
    if (leads.equals(settings.node())) {
      if (roles.get().serves()) {
        leadersConfig = config;
      }
      return;
    }
    NodeReport report = neighbours.report(leads);
    if (report != null && report.serves() && !report.config().isEmpty()) {
      leadersConfig = report.config();
    }
  }
}
