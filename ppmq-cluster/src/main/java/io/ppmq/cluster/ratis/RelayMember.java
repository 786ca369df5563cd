package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.cluster.Relays;
import io.ppmq.cluster.Verification;
import io.ppmq.store.rocksdb.EntryForm;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A machine that keeps nothing: it learns the leader from the nodes, and relays to it. */
final class RelayMember implements Member, Neighbours.Listener {
  private final ClusterSettings settings;
  private final Leadership leadership;
  private final NodeClient client;
  private final RelayLoop loop = new RelayLoop();
  private final RelayClient outgoing;
  private final Neighbours neighbours;
  private final long boot = new SecureRandom().nextLong();
  private volatile @Nullable String leader;

  RelayMember(ClusterSettings settings, NodeTls tls, Leadership leadership, Relays relays) {
    this.settings = settings;
    this.leadership = leadership;
    this.client = new NodeClient(settings.node(), tls);
    Map<String, NodeAddress> nodes = settings.nodes();
    this.outgoing = new RelayClient(client, loop, this::leader, nodes::get);
    this.neighbours =
        new Neighbours(
            settings.node(),
            client,
            settings.electionTimeout().toMillis(),
            () -> nodes,
            this::report,
            this);
    neighbours.also(2, this::lookForLeader);
    neighbours.start();
  }

  private void lookForLeader() {
    String found = null;
    long term = -1;
    for (NodeReport report : neighbours.up().values()) {
      if (report.serves() && report.term() > term) {
        found = report.node();
        term = report.term();
      }
    }
    if (!Objects.equals(found, leader)) {
      leader = found;
      outgoing.cutToLeadersBut(found);
      leadership.follow(found);
    }
  }

  private NodeReport report() {
    String leads = leader;
    return new NodeReport(
        settings.name(),
        settings.node(),
        "",
        "",
        boot,
        "",
        Standing.RELAY,
        0,
        leads == null ? "" : leads,
        false,
        -1,
        -1,
        -1,
        System.currentTimeMillis(),
        "",
        settings.version(),
        null,
        EntryForm.FIRST,
        false);
  }

  @Override
  public void up(String node, NodeReport report) {
    // the leader is looked up every half election timeout
  }

  @Override
  public void recognised(String node, NodeReport report) {
    // a relay keeps nothing that could be older
  }

  @Override
  public void older(String sentence) {}

  @Override
  public void down(String node) {
    outgoing.cut(node);
  }

  @Override
  public ClusterStatus status() {
    Standings standings = new Standings(settings, neighbours);
    String leads = leader;
    NodeReport report = leads == null ? null : neighbours.report(leads);
    return new ClusterStatus(
        settings.name(),
        settings.node(),
        leads,
        report == null ? 0 : report.term(),
        report == null ? -1 : report.committed(),
        -1,
        standings.all(
            report(), settings.nodes(), List.of(), leads, report == null ? "" : report.config()),
        0,
        0,
        0,
        0,
        0,
        false,
        neighbours.refusal());
  }

  @Override
  public @Nullable String leader() {
    return leader;
  }

  @Override
  public void configured(String digest) {
    // a relay has neither topics nor subscribers
  }

  @Override
  public void leaveFree(long minFreeBytes) {
    // a relay writes nothing
  }

  @Override
  public CompletableFuture<SocketChannel> connect(Destination to) {
    return outgoing.connect(to);
  }

  @Override
  public void relay(SocketChannel accepted, Destination to, Consumer<String> refused) {
    outgoing.relay(accepted, to, refused);
  }

  private static ClusterException keepsNothing() {
    return new ClusterException("this machine is a relay, not a member: ask one of the nodes");
  }

  @Override
  public void found() throws ClusterException {
    throw keepsNothing();
  }

  @Override
  public void join() throws ClusterException {
    throw keepsNothing();
  }

  @Override
  public void add(String node, NodeAddress address) throws ClusterException {
    throw keepsNothing();
  }

  @Override
  public void remove(String node) throws ClusterException {
    throw keepsNothing();
  }

  @Override
  public void replace(String node) throws ClusterException {
    throw keepsNothing();
  }

  @Override
  public void transfer(String node) throws ClusterException {
    throw keepsNothing();
  }

  @Override
  public Verification verify() throws ClusterException {
    throw keepsNothing();
  }

  @Override
  public void close() {
    neighbours.close();
    loop.close(); // before the client, over which its connections end
    client.close();
  }
}
