package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.cluster.ratis.Question.Verb;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.Applied;
import io.ppmq.store.rocksdb.Replica;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does with what its log, its neighbours and its own program say. Its parts call each
 * other through it alone.
 */
final class ClusterNode
    implements NodeServer.Node,
        QueueMachine.Listener,
        Neighbours.Listener,
        Roles.Opening,
        AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long JOIN_MILLIS = 30_000;
  private static final long FOUNDING_MILLIS = 30_000;
  private static final long DISK_REFUSES_MILLIS = 2_000;
  private static final long LEADER_POLL_MILLIS = 100;
  private static final long UPKEEP_MILLIS = 500;

  private final ClusterSettings settings;
  private final Leadership leadership;
  private final Replica replica;
  private final NodeClient client;
  private final QueueMachine machine;
  private final RaftNode raft;
  private final Neighbours neighbours;
  private final Roles roles;
  private final Checkpoints checkpoints;
  private final Digests digests;
  private final Standings standings;
  private final ScheduledExecutorService upkeep = Threads.clock("ppmq-upkeep");
  private final long boot = new SecureRandom().nextLong();
  private final AtomicLong elections = new AtomicLong();

  private @Nullable RelayServer relayServer;
  private @Nullable RelayClient relayClient;
  private volatile String config = "";
  private volatile String leadersConfig = "";
  private volatile long refusedSinceNanos;
  private volatile @Nullable String fault;
  private volatile @Nullable String configFault;
  private volatile boolean diverged;
  private volatile boolean closing;

  ClusterNode(
      ClusterSettings settings,
      NodeTls tls,
      Leadership leadership,
      Replica replica,
      NodeClient client)
      throws ClusterException {
    this.settings = settings;
    this.leadership = leadership;
    this.replica = replica;
    this.client = client;
    long electionMillis = settings.electionTimeout().toMillis();
    this.machine = new QueueMachine(replica, this);
    this.checkpoints = new Checkpoints(settings.dataPath(), replica);
    this.digests = new Digests(replica);
    this.roles = new Roles(leadership, this);
    this.neighbours =
        new Neighbours(
            settings.node(), client, electionMillis, this::addresses, this::report, this);
    this.raft = RaftNode.make(settings, tls, new NodeServer(this, electionMillis), machine);
    this.standings = new Standings(settings, neighbours);
  }

  /** Where connections come from and go to; before the start. */
  void relays(RelayServer server, RelayClient outgoing) {
    relayServer = server;
    relayClient = outgoing;
  }

  void start() throws ClusterException {
    checkpoints.clean();
    raft.start();
    neighbours.start();
    Future<?> unused =
        upkeep.scheduleWithFixedDelay(
            this::check, UPKEEP_MILLIS, UPKEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** On a thread of its own, for it may block. */
  private void check() {
    long since = refusedSinceNanos;
    if (since != 0
        && roles.isElected()
        && System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(DISK_REFUSES_MILLIS)) {
      handOn("its disk refuses");
    }
    try {
      replica.reclaim();
    } catch (StoreException | IllegalStateException e) {
      LOG.debug("nothing was given back to the disk", e);
    }
  }

  // ---- what the program asks ------------------------------------------------------------------

  boolean isElected() {
    return roles.isElected();
  }

  boolean serves() {
    return roles.serves();
  }

  @Nullable String leader() {
    return roles.leader();
  }

  String disk() {
    return raft.identity().disk();
  }

  void configured(String digest) {
    config = digest;
  }

  void found() throws ClusterException {
    for (NodeReport report : neighbours.up().values()) {
      if (!report.group().isEmpty()) {
        throw new ClusterException(
            "the node " + report.node() + " is in a cluster: 'ppmq cluster join' lets this one in");
      }
    }
    raft.found();
    LOG.info("the cluster {} is founded", settings.name());
  }

  void checkMayJoin() throws ClusterException {
    if (raft.division() != null && membership().peer(settings.node()) != null) {
      throw new ClusterException("the node " + settings.node() + " is a member already");
    }
    if (raft.division() == null && replica.isFounded()) {
      throw new ClusterException(
          "DataPath " + settings.dataPath() + " is not empty: a node that joins begins empty");
    }
  }

  /** The name of the leader of a cluster that this node is not in. */
  String awaitForeignLeader() throws ClusterException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
    while (System.nanoTime() - end < 0) {
      for (NodeReport report : neighbours.up().values()) {
        if (report.standing() == Standing.LEADER && !report.node().equals(settings.node())) {
          return report.node();
        }
      }
      try {
        Thread.sleep(LEADER_POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ClusterException("the node stops", e);
      }
    }
    throw new ClusterException(
        "none of the nodes "
            + settings.nodes().keySet()
            + " leads a cluster: 'ppmq cluster init'"
            + " founds one");
  }

  @Nullable NodeAddress address(String node) {
    return addresses().get(node);
  }

  /** Where everybody listens: members where the cluster has them, others as configured. */
  private Map<String, NodeAddress> addresses() {
    Map<String, NodeAddress> all = new TreeMap<>(settings.nodes());
    for (RaftPeer peer : peers()) {
      all.put(NodeIdentity.nodeOf(peer.getId().toString()), Membership.address(peer));
    }
    return all;
  }

  private List<RaftPeer> peers() {
    RaftServer.Division division = raft.division();
    return division == null ? List.of() : List.copyOf(division.getRaftConf().getCurrentPeers());
  }

  private @Nullable Membership membership;

  private synchronized Membership membership() throws ClusterException {
    RaftServer.Division division = raft.division();
    if (division == null) {
      throw new ClusterException("the node " + settings.node() + " is in no cluster");
    }
    if (membership == null) {
      membership = new Membership(settings.name(), division, client, neighbours);
    }
    return membership;
  }

  // ---- what other nodes ask -------------------------------------------------------------------

  @Override
  public NodeReport hello(NodeReport from) throws ClusterException {
    if (!from.cluster().equals(settings.name())) {
      throw new ClusterException(
          "the node " + settings.node() + " is of the cluster " + settings.name());
    }
    neighbours.heard(from);
    for (RaftPeer peer : peers()) {
      String id = peer.getId().toString();
      if (NodeIdentity.nodeOf(id).equals(from.node())
          && !NodeIdentity.diskOf(id).equals(from.disk())) {
        throw new ClusterException(
            "the cluster has a member "
                + from.node()
                + " with another disk: 'ppmq cluster replace "
                + from.node()
                + "' lets in this one instead");
      }
    }
    return report();
  }

  @Override
  public String answer(Question question) throws ClusterException {
    List<String> words = question.words();
    if (question.verb() == Verb.ENTER) {
      return entered(words);
    }
    if (question.verb() == Verb.DIGEST) {
      return Verifying.own(digests, Long.parseLong(words.get(0)));
    }
    if (!roles.isElected()) {
      throw new ClusterException("the node " + settings.node() + " does not lead");
    }
    switch (question.verb()) {
      case ADMIT -> membership().admit(words.get(0), words.get(1), address(words, 2));
      case ADD -> membership().add(words.get(0), address(words, 1));
      case REMOVE -> membership().remove(words.get(0));
      case REPLACE -> membership().replace(words.get(0));
      case TRANSFER -> membership().transfer(words.get(0));
      case VERIFY -> {
        return Verifying.all(entryLog(), digests, membership().peers(), client);
      }
      default -> throw new ClusterException("cannot " + question.verb());
    }
    return "";
  }

  private static NodeAddress address(List<String> words, int at) {
    return new NodeAddress(words.get(at), Integer.parseInt(words.get(at + 1)));
  }

  private String entered(List<String> words) throws ClusterException {
    if (!words.isEmpty()) {
      if (!words.get(0).equals(settings.name())) {
        throw new ClusterException("this node is of the cluster " + settings.name());
      }
      if (raft.division() == null && replica.isFounded()) {
        throw new ClusterException("the DataPath of " + settings.node() + " is not empty");
      }
      raft.enter(UUID.fromString(words.get(1)));
    }
    return disk();
  }

  @Override
  public void sendCheckpoint(String to, ServerCallStreamObserver<byte[]> out) {
    checkpoints.send(to, out);
  }

  @Override
  public StreamObserver<byte[]> relay(ServerCallStreamObserver<byte[]> out) {
    RelayServer server = relayServer;
    if (server == null) {
      throw new IllegalStateException("nothing is relayed before the start");
    }
    return server.begin(out);
  }

  // ---- what the log says ----------------------------------------------------------------------

  @Override
  public void leads(long term) {
    roles.leads(term);
  }

  @Override
  public void leadsNoMore() {
    roles.leadsNoMore();
    RelayServer server = relayServer;
    if (server != null) {
      server.cutToLeader("this node leads no more");
    }
  }

  @Override
  public void leader(@Nullable String node) {
    if (node == null) {
      elections.incrementAndGet();
    }
    roles.leader(node, settings.node());
    RelayClient outgoing = relayClient;
    if (outgoing != null) {
      outgoing.cutToLeadersBut(node);
    }
  }

  @Override
  public void membersChanged() {
    // Who is said hello to is asked each time.
  }

  @Override
  public void failed(String sentence, boolean isDiverged) {
    if (closing) {
      return;
    }
    fault = sentence;
    if (isDiverged) {
      diverged = true;
    }
    leadership.fail(sentence);
  }

  @Override
  public void refusedByDisk(@Nullable String sentence) {
    if (sentence == null) {
      refusedSinceNanos = 0;
      LOG.info("the disk takes entries of the cluster again");
    } else if (refusedSinceNanos == 0) {
      refusedSinceNanos = System.nanoTime();
      LOG.error("the disk refuses entries of the cluster: {}", sentence);
    }
  }

  @Override
  public CompletableFuture<TermIndex> fetchCheckpoint(String leads) {
    CompletableFuture<TermIndex> fetched = new CompletableFuture<>();
    Threads.start("ppmq-checkpoint", () -> fetch(leads, fetched));
    return fetched;
  }

  private void fetch(String leads, CompletableFuture<TermIndex> fetched) {
    try {
      NodeAddress address = address(leads);
      if (address == null) {
        throw new ClusterException("it is not known where the node " + leads + " listens");
      }
      Applied at = checkpoints.take(leads, address, client);
      fetched.complete(TermIndex.valueOf(at.term(), at.index()));
    } catch (ClusterException | RuntimeException e) {
      fetched.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fetched.completeExceptionally(e);
    }
  }

  @Override
  public void digest(long index) {
    digests.begin(index);
  }

  // ---- what neighbours say --------------------------------------------------------------------

  @Override
  public void up(String node, NodeReport report) {
    RaftServer.Division division = raft.division();
    if (division != null && !closing) {
      Threads.start(
          "ppmq-reconnect", () -> raft.reconnect(NodeIdentity.peerId(node, report.disk())));
    }
  }

  @Override
  public void down(String node) {
    RelayClient outgoing = relayClient;
    if (outgoing != null) {
      outgoing.cut(node);
    }
  }

  // ---- how it comes to lead -------------------------------------------------------------------

  /**
   * Whether a majority of the configured nodes has been let in, and this one has the topics and
   * subscribers that the last leader had, or that a majority has by now.
   */
  @Override
  public boolean mayBegin(long term) throws ClusterException, InterruptedException {
    if (!replica.isFounded()) {
      entryLog().put(replica.founding(term, System.currentTimeMillis() << 20), FOUNDING_MILLIS);
    }
    if (peers().size() < settings.majority() || config.isEmpty()) {
      return false;
    }
    String others = leadersConfig;
    if (others.isEmpty() || others.equals(config)) {
      return true;
    }
    long agreed =
        1 + neighbours.up().values().stream().filter(r -> r.config().equals(config)).count();
    if (agreed >= settings.majority()) {
      return true;
    }
    if (configFault == null) {
      configFault = "its topics or subscribers are not those of the leader before it";
      LOG.error("this node does not lead: {}", configFault);
    }
    handOn("its configuration differs");
    Thread.sleep(settings.electionTimeout().toMillis());
    return false;
  }

  @Override
  public Store open(long term) throws ClusterException {
    configFault = null;
    return replica.lead(term, entryLog());
  }

  private EntryLog entryLog() throws ClusterException {
    RaftServer.Division division = raft.division();
    if (division == null) {
      throw new ClusterException("the node " + settings.node() + " is in no cluster");
    }
    return new EntryLog(division);
  }

  @Override
  public void handOn(String reason) {
    try {
      if (membership().handOn(r -> leadersConfig.isEmpty() || r.config().equals(leadersConfig))) {
        LOG.info("this node has another lead: {}", reason);
      }
    } catch (ClusterException inNoCluster) {
      // then it does not lead
    }
  }

  // ---- how it stands --------------------------------------------------------------------------

  private NodeReport report() {
    RaftServer.Division division = raft.division();
    String leads = roles.leader();
    UUID group = raft.identity().group();
    rememberConfig(leads);
    return new NodeReport(
        settings.name(),
        settings.node(),
        disk(),
        group == null ? "" : group.toString(),
        boot,
        settings.listen().toString(),
        standing(division),
        division == null ? 0 : division.getInfo().getCurrentTerm(),
        leads == null ? "" : leads,
        roles.serves(),
        division == null ? -1 : division.getRaftLog().getLastCommittedIndex(),
        division == null ? -1 : machine.getLastAppliedTermIndex().getIndex(),
        replica.freeBytes(),
        System.currentTimeMillis(),
        config,
        settings.version());
  }

  /** The leader's topics and subscribers count, also when it is gone. */
  private void rememberConfig(@Nullable String leads) {
    if (leads == null) {
      return;
    }
    if (leads.equals(settings.node())) {
      if (roles.serves()) {
        leadersConfig = config;
      }
      return;
    }
    NodeReport report = neighbours.report(leads);
    if (report != null && report.serves() && !report.config().isEmpty()) {
      leadersConfig = report.config();
    }
  }

  private Standing standing(RaftServer.@Nullable Division division) {
    if (neighbours.refusal() != null) {
      return Standing.REFUSED;
    }
    if (division == null) {
      return Standing.WAITING;
    }
    if (peers().stream().noneMatch(p -> p.getId().equals(division.getId()))) {
      return Standing.JOINING;
    }
    return switch (division.getInfo().getCurrentRole()) {
      case LEADER -> roles.isElected() ? Standing.LEADER : Standing.CANDIDATE;
      case CANDIDATE -> Standing.CANDIDATE;
      default -> Standing.FOLLOWER;
    };
  }

  ClusterStatus status() {
    NodeReport own = report();
    String refusal = neighbours.refusal();
    return new ClusterStatus(
        settings.name(),
        settings.node(),
        roles.leader(),
        own.term(),
        own.committed(),
        own.applied(),
        standings.all(own, addresses(), peers(), roles.leader(), leadersConfig),
        elections.get(),
        checkpoints.sent(),
        checkpoints.installed(),
        Standings.bytes(Engine.directory(settings.dataPath())),
        machine.fenced(),
        diverged,
        firstOf(refusal, fault, configFault));
  }

  private static @Nullable String firstOf(
      @Nullable String one, @Nullable String two, @Nullable String three) {
    return one != null ? one : two != null ? two : three;
  }

  @Override
  public void close() {
    if (roles.isElected()) {
      handOn("it stops");
    }
    closing = true;
    upkeep.shutdownNow();
    neighbours.close();
    roles.close();
    machine.stop();
    raft.close();
    digests.close();
  }
}
