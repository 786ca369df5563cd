package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.ratis.Question.Verb;
import io.ppmq.store.rocksdb.Replica;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reactions of a node to its log, its neighbours and its own program. The parts of a node call
 * each other only through this class.
 */
final class ClusterNode
    implements NodeServer.Node, QueueMachine.Listener, Neighbours.Listener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long UPKEEP_MILLIS = 500;

  private final ClusterSettings settings;
  private final Leadership leadership;
  private final Replica replica;
  private final NodeClient client;
  private final LogBuffer logBuffer = new LogBuffer();
  private final QueueMachine machine;
  private final RaftNode raft;
  private final Neighbours neighbours;
  private final Roles roles;
  private final Candidacy candidacy;
  private final Checkpoints checkpoints;
  private final Digests digests;
  private final Standings standings;
  private final DiskWatch disk = new DiskWatch();
  private final OwnReport own;
  private final Entrance entrance;
  private final Recognition recognition;
  private final LogBound bound;
  private final AgreedForm form;
  private final ScheduledExecutorService upkeep = Threads.clock("ppmq-upkeep");
  private @Nullable RelayServer relayServer;
  private @Nullable RelayClient relayClient;
  private volatile @Nullable String fault;
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
    this.machine = new QueueMachine(replica, logBuffer, this);
    this.checkpoints = new Checkpoints(settings.dataPath(), replica);
    this.digests = new Digests(replica);
    this.neighbours =
        new Neighbours(
            settings.node(), client, electionMillis, this::addresses, this::report, this);
    this.raft =
        RaftNode.make(
            settings, tls, new NodeServer(this, electionMillis), machine, replica.applied());
    this.bound = new LogBound(settings, raft, machine);
    this.recognition =
        new Recognition(
            settings.node(), settings.dataPath(), raft, electionMillis, s -> failed(s, false));
    this.form = new AgreedForm(settings.node(), raft, neighbours, replica);
    this.standings = new Standings(settings, neighbours);
    this.own = new OwnReport(settings, raft, machine, this::roles, neighbours, replica, disk);
    this.candidacy = new Candidacy(settings, replica, raft, own, this::membership);
    this.roles = new Roles(leadership, candidacy);
    this.entrance = new Entrance(settings, raft, replica, neighbours);
  }

  /** Sets the ends of relayed connections. Before the start. */
  void relays(RelayServer server, RelayClient outgoing) {
    relayServer = server;
    relayClient = outgoing;
  }

  void start() throws ClusterException {
    checkpoints.clean();
    raft.start();
    recognition.start();
    neighbours.also(2, this::lookForLeader);
    neighbours.also(10, new Hearing(raft, settings.electionTimeout().toMillis())::check);
    neighbours.start();
    Future<?> unused =
        upkeep.scheduleWithFixedDelay(
            this::check, UPKEEP_MILLIS, UPKEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Runs on its own thread, since it may block. What fails for now is tried again. */
  private void check() {
    attempt(this::lookAtDisk);
    attempt(() -> candidacy.look(roles.serves()));
    attempt(own::look);
    attempt(recognition::keepNowAndThen);
    attempt(bound::look);
    attempt(() -> form.look(roles.isElected()));
    attempt(() -> logBuffer.find(raft.division()));
    attempt(replica::reclaim);
  }

  /** An exception would end the executor's task for good. */
  private static void attempt(Runnable look) {
    try {
      look.run();
    } catch (RuntimeException e) {
      LOG.debug("a look at this node failed", e);
    }
  }

  private void lookAtDisk() {
    disk.look(replica.freeBytes(), replica.minFreeBytes());
    if (roles.isElected() && disk.refusesForLong()) {
      candidacy.handOn("its disk refuses");
    } else if (roles.isElected() && disk.isShortForLong()) {
      // It would refuse what is published, and the others have room for it.
      candidacy.handOn("its disk is nearly full", NodeReport::room);
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
    own.configured(digest);
  }

  Entrance entrance() {
    return entrance;
  }

  @Nullable NodeAddress address(String node) {
    return addresses().get(node);
  }

  /** The addresses of all nodes: of members as the cluster has them, of others as configured. */
  private Map<String, NodeAddress> addresses() {
    Map<String, NodeAddress> all = new TreeMap<>(settings.nodes());
    for (RaftPeer peer : raft.peers()) {
      all.put(NodeIdentity.nodeOf(peer.getId().toString()), Membership.address(peer));
    }
    return all;
  }

  private @Nullable Membership membership;

  private synchronized Membership membership() throws ClusterException {
    if (membership == null) {
      membership =
          new Membership(
              settings.name(), raft.entered(), client, neighbours, form, this::addresses);
    }
    return membership;
  }

  // ---- what other nodes ask -------------------------------------------------------------------

  @Override
  public NodeReport hello(NodeReport from) throws ClusterException, OlderDiskException {
    if (!from.cluster().equals(settings.name())) {
      throw new ClusterException(
          "the node " + settings.node() + " belongs to the cluster " + settings.name());
    }
    neighbours.heard(from);
    recognition.compare(from);
    return own.now();
  }

  @Override
  public String answer(Question question) throws ClusterException {
    List<String> words = question.words();
    if (question.verb() == Verb.ENTER) {
      return entrance.enter(words);
    }
    if (question.verb() == Verb.DIGEST) {
      raft.entered(); // otherwise the wait would never end
      return Verifying.own(digests, Long.parseLong(words.get(0)));
    }
    if (!roles.isElected()) {
      throw new NotLeadingException("the node " + settings.node() + " does not lead");
    }
    switch (question.verb()) {
      case ADMIT -> membership().admit(words.get(0), words.get(1), question.address(2));
      case ADD -> membership().add(words.get(0), question.address(1));
      case REMOVE -> membership().remove(words.get(0));
      case REPLACE -> membership().replace(words.get(0));
      case TRANSFER -> membership().transfer(words.get(0), own.leadersConfig());
      case VERIFY -> {
        return Verifying.all(raft.entryLog(), digests, membership().peers(), client);
      }
      default -> throw new ClusterException("cannot " + question.verb());
    }
    return "";
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
      server.cutToLeader("this node no longer leads");
    }
  }

  /** Ratis reports an election, but not that no node leads. */
  private synchronized void lookForLeader() {
    String now = raft.leader();
    if (!closing && !roles.hasHeardOf(now)) {
      leader(now);
    }
  }

  @Override
  public synchronized void leader(@Nullable String node) {
    roles.leader(node, settings.node());
    RelayClient outgoing = relayClient;
    if (outgoing != null) {
      outgoing.cutToLeadersBut(node);
    }
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
    disk.refused(sentence);
  }

  @Override
  public CompletableFuture<TermIndex> fetchCheckpoint(String leads) {
    NodeAddress address = address(leads);
    return address == null
        ? CompletableFuture.failedFuture(
            new ClusterException("it is not known where the node " + leads + " listens"))
        : checkpoints.fetch(leads, address, client);
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
  public void recognised(String node, NodeReport report) {
    if (report.group().equals(own.group())) {
      recognition.recognised(node);
    }
  }

  @Override
  public void older(String sentence) {
    recognition.refused(sentence);
  }

  @Override
  public void down(String node) {
    RelayClient outgoing = relayClient;
    if (outgoing != null) {
      outgoing.cut(node);
    }
    RelayServer incoming = relayServer;
    if (incoming != null) {
      incoming.cutFrom(node);
    }
  }

  // ---- how it stands --------------------------------------------------------------------------

  private NodeReport report() {
    return own.now();
  }

  private Roles roles() {
    return roles;
  }

  ClusterStatus status() {
    NodeReport now = own.now();
    String refusal = neighbours.refusal();
    return new ClusterStatus(
        settings.name(),
        settings.node(),
        roles.leader(),
        now.term(),
        now.committed(),
        now.applied(),
        standings.all(now, addresses(), raft.peers(), roles.leader(), own.leadersConfig()),
        roles.elections(),
        checkpoints.sent(),
        checkpoints.installed(),
        Standings.bytes(Engine.directory(settings.dataPath())),
        machine.fenced(),
        diverged,
        refusal != null ? refusal : ownFault());
  }

  private @Nullable String ownFault() {
    String sentence = fault != null ? fault : candidacy.fault();
    if (sentence == null) {
      sentence = disk.refusal();
    }
    return sentence != null ? sentence : entrance.fault(roles.serves());
  }

  @Override
  public void close() {
    if (roles.isElected()) {
      candidacy.handOn("it stops");
    }
    closing = true;
    upkeep.shutdownNow();
    neighbours.close();
    roles.close();
    machine.stop();
    recognition.keep();
    raft.close();
    digests.close();
  }
}
