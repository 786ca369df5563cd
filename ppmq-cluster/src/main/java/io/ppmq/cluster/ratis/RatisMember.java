package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.Relays;
import io.ppmq.cluster.Verification;
import io.ppmq.cluster.ratis.Question.Verb;
import io.ppmq.store.rocksdb.Replica;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node with a copy of the queue: puts its parts together. */
final class RatisMember implements Member {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long CHANGE_MILLIS = 600_000;

  /** The time to join; a node that joins during a change of the leader asks the new one. */
  private static final long JOIN_MILLIS = 30_000;

  private final ClusterSettings settings;
  private final Replica replica;
  private final NodeClient client;
  private final RelayLoop loop = new RelayLoop();
  private final ClusterNode node;
  private final RelayServer relayServer;
  private final RelayClient relayClient;

  private RatisMember(
      ClusterSettings settings, NodeTls tls, Leadership leadership, Relays relays, Replica replica)
      throws ClusterException {
    this.settings = settings;
    this.replica = replica;
    this.client = new NodeClient(settings.node(), tls);
    try {
      this.node = new ClusterNode(settings, tls, leadership, replica, client);
    } catch (ClusterException | RuntimeException e) {
      loop.close();
      client.close();
      throw e;
    }
    this.relayServer =
        new RelayServer(settings.node(), relays, loop, node::isElected, node::serves);
    this.relayClient = new RelayClient(client, loop, this::leader, node::address);
    node.relays(relayServer, relayClient);
  }

  static RatisMember start(
      ClusterSettings settings, NodeTls tls, Leadership leadership, Relays relays)
      throws ClusterException {
    Replica replica =
        Replica.open(settings.dataPath(), settings.minFreeBytes(), warning -> LOG.warn(warning));
    try {
      if (replica.applied() != null
          && NodeIdentity.of(settings.dataPath(), settings.node()).group() == null) {
        LOG.info(
            "DataPath {} is a copy of a cluster's data, and belongs to no member",
            settings.dataPath());
        replica.forget();
      }
      RatisMember member = new RatisMember(settings, tls, leadership, relays, replica);
      try {
        member.node.start();
      } catch (ClusterException | RuntimeException e) {
        member.close();
        throw e;
      }
      return member;
    } catch (ClusterException | RuntimeException e) {
      replica.close();
      throw e;
    }
  }

  @Override
  public ClusterStatus status() {
    return node.status();
  }

  @Override
  public @Nullable String leader() {
    return node.leader();
  }

  @Override
  public void configured(String digest) {
    node.configured(digest);
  }

  @Override
  public void leaveFree(long minFreeBytes) {
    replica.leaveFree(minFreeBytes);
  }

  @Override
  public void found() throws ClusterException {
    node.entrance().found();
  }

  @Override
  public void join() throws ClusterException {
    NodeAddress own = Objects.requireNonNull(settings.nodes().get(settings.node()));
    List<String> words =
        List.of(settings.node(), node.disk(), own.host(), String.valueOf(own.port()));
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
    String leads = node.entrance().awaitLeader();
    while (true) {
      try {
        ask(leads, Verb.ADMIT, words);
        return;
      } catch (NotLeadingException e) {
        if (node.entrance().isMember()) {
          return;
        }
        if (System.nanoTime() - endNanos > 0) {
          throw e;
        }
        leads = node.entrance().awaitLeader();
      }
    }
  }

  @Override
  public void add(String name, NodeAddress address) throws ClusterException {
    toLeader(Verb.ADD, List.of(name, address.host(), String.valueOf(address.port())));
  }

  @Override
  public void remove(String name) throws ClusterException {
    toLeader(Verb.REMOVE, List.of(name));
  }

  @Override
  public void replace(String name) throws ClusterException {
    toLeader(Verb.REPLACE, List.of(name));
  }

  @Override
  public void transfer(String name) throws ClusterException {
    toLeader(Verb.TRANSFER, List.of(name));
  }

  @Override
  public Verification verify() throws ClusterException {
    return Verifying.read(toLeader(Verb.VERIFY, List.of()));
  }

  private String toLeader(Verb verb, List<String> words) throws ClusterException {
    String leads = leader();
    if (leads == null && !node.entrance().isMember()) {
      leads = node.entrance().leaderHeard(); // a node that waits to be let in knows no other way
    }
    if (leads == null) {
      throw new ClusterException("no node leads now");
    }
    return leads.equals(settings.node())
        ? node.answer(new Question(settings.node(), verb, words))
        : ask(leads, verb, words);
  }

  private String ask(String leads, Verb verb, List<String> words) throws ClusterException {
    NodeAddress address = node.address(leads);
    if (address == null) {
      throw new ClusterException("it is not known where the node " + leads + " listens");
    }
    Question question = new Question(settings.node(), verb, words);
    return Form.read(client.ask(leads, address, question, CHANGE_MILLIS), in -> in.readUTF());
  }

  @Override
  public CompletableFuture<SocketChannel> connect(Destination to) {
    return relayClient.connect(to);
  }

  @Override
  public void relay(SocketChannel accepted, Destination to, Consumer<String> refused) {
    relayClient.relay(accepted, to, refused);
  }

  @Override
  public void close() {
    node.close();
    relayServer.close();
    loop.close(); // before the client, over which its connections end
    client.close();
    replica.close();
  }
}
