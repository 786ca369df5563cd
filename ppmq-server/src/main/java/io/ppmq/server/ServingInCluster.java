package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Senders;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.Bound;
import io.ppmq.cluster.Caller;
import io.ppmq.cluster.ChannelPair;
import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.Clusters;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.Relays;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of several machines. While this machine leads, it has the broker; while another leads,
 * connections are relayed there; while none leads, they wait. The socket is always open.
 */
final class ServingInCluster implements Serving, Leadership, Relays {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** The time that a value with Confirm waits for a leader before it is refused. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final int STATUS_FAILED = 1;

  private final ClusterConfig cluster;
  private final EventLog events;
  private final IntConsumer halt;
  private final Doorway doorway;
  private final CompletableFuture<Member> member = new CompletableFuture<>();
  private volatile Config config;
  private volatile @Nullable Service service;
  private volatile Consumer<SocketChannel> admin = ServingInCluster::closeQuietly;
  private ServerSocketChannel channel;
  private Consumer<@Nullable Broker> told = broker -> {};

  private ServingInCluster(
      Config config,
      ClusterConfig cluster,
      ServerSocketChannel channel,
      EventLog events,
      IntConsumer halt,
      long patienceNanos,
      Runnable everySecond)
      throws IOException {
    this.config = config;
    this.cluster = cluster;
    this.channel = channel;
    this.events = events;
    this.halt = halt;
    int connectionsMax = ConnectionLimit.maxOfNode(OpenFiles.now().shares(config).accepted());
    this.doorway =
        new Doorway(channel, Settings.limits(config), connectionsMax, patienceNanos, everySecond);
  }

  /**
   * Starts the node. Connections wait until there is a leader.
   *
   * @param patienceNanos the time that values with Confirm wait for a leader
   * @throws StartException if it cannot be a node
   */
  static ServingInCluster start(
      Config config,
      ClusterConfig cluster,
      Clusters clusters,
      ServerSocketChannel channel,
      EventLog events,
      IntConsumer halt,
      long patienceNanos,
      Runnable everySecond)
      throws IOException, StartException {
    ServingInCluster serving =
        new ServingInCluster(config, cluster, channel, events, halt, patienceNanos, everySecond);
    serving.doorway.start(events::bug);
    serving.doorway.waitForLeader();
    try {
      Member member = clusters.start(NodeSettings.of(config, cluster), serving, serving);
      member.configured(NodeSettings.digest(config));
      serving.member.complete(member);
      return serving;
    } catch (ClusterException e) {
      serving.closeDoorway();
      throw new StartException(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      serving.closeDoorway();
      throw e;
    }
  }

  @Override
  public Member member() {
    return member.join();
  }

  // ---- who leads ------------------------------------------------------------------------------

  @Override
  public void begin(Store store, long term) {
    LOG.info("this node, {}, leads cluster {} (term {})", cluster.node(), cluster.name(), term);
    Own own = new Own();
    doorway.lead(own);
    try {
      Service begun = Service.start(config, store, channel(), this::reach, events, () -> {});
      service = begun;
      own.service.complete(begun);
      tell(begun.broker());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (service == null) {
        own.service.completeExceptionally(new IllegalStateException("the broker did not start"));
        doorway.waitForLeader();
      }
    }
  }

  @Override
  public void end(String reason) {
    Service ended = service;
    if (ended == null) {
      return;
    }
    LOG.warn("this node, {}, no longer leads cluster {}", cluster.node(), cluster.name());
    service = null;
    tell(null);
    try {
      ended.abandon(reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      doorway.waitForLeader();
    }
  }

  @Override
  public void follow(@Nullable String now) {
    if (now == null) {
      LOG.warn("cluster {} has no known leader", cluster.name());
      doorway.waitForLeader();
    } else {
      LOG.info("node {} leads cluster {}", now, cluster.name());
      doorway.relay(new Away());
    }
  }

  @Override
  public void fail(String reason) {
    LOG.error("this node cannot continue: {}", reason);
    halt.accept(STATUS_FAILED);
  }

  // ---- where the connections of this machine go -----------------------------------------------

  private Caller caller(SocketChannel accepted) {
    UserPrincipal user = new PeerUser(accepted).user();
    return new Caller(user == null ? null : user.getName(), cluster.node());
  }

  /** The way to the broker of this machine. */
  private final class Own implements Onward {
    final CompletableFuture<Service> service = new CompletableFuture<>();

    @Override
    public void take(SocketChannel accepted, Runnable back) {
      var unused =
          service.whenComplete(
              (begun, failure) -> {
                if (begun == null) {
                  back.run();
                } else {
                  begun.adopt(accepted, null);
                }
              });
    }

    @Override
    public CompletableFuture<SocketChannel> connect(SocketChannel accepted) {
      Caller caller = caller(accepted);
      return service.thenCompose(
          begun -> {
            try {
              return CompletableFuture.completedFuture(values(caller));
            } catch (IOException e) {
              return CompletableFuture.failedFuture(e);
            }
          });
    }
  }

  /** The way to the broker of the leader. */
  private final class Away implements Onward {
    @Override
    public void take(SocketChannel accepted, Runnable back) {
      Destination to = new Destination.Values(caller(accepted));
      var unused = member.thenAccept(node -> node.relay(accepted, to, reason -> back.run()));
    }

    @Override
    public CompletableFuture<SocketChannel> connect(SocketChannel accepted) {
      Destination to = new Destination.Values(caller(accepted));
      return member.thenCompose(node -> node.connect(to));
    }
  }

  // ---- what comes from other machines ---------------------------------------------------------

  @Override
  public SocketChannel values(Caller caller) throws IOException {
    Service serving = service;
    if (serving == null) {
      throw new IOException("node " + cluster.node() + " does not lead");
    }
    ChannelPair pair = ChannelPair.open();
    serving.adopt(pair.far(), PeerUser.onNode(caller.node(), caller.user()));
    return pair.near();
  }

  @Override
  public SocketChannel admin(Caller caller) throws IOException {
    ChannelPair pair = ChannelPair.open();
    admin.accept(pair.far());
    return pair.near();
  }

  @Override
  public void serveAdmin(Consumer<SocketChannel> taker) {
    admin = taker;
  }

  @Override
  public SocketChannel subscriber(String subscriber) throws IOException {
    Recipient recipient = Recipient.of(config).get(subscriber);
    if (recipient == null) {
      throw new IOException(
          "node " + cluster.node() + " knows no socket of subscriber \"" + subscriber + '"');
    }
    return SocketVisit.to(subscriber, recipient);
  }

  // ---- where the subscribers are --------------------------------------------------------------

  private Senders reach(SenderLoop loop) {
    return (subscriber, link) -> sender(loop, subscriber, link);
  }

  private Sender sender(SenderLoop loop, String subscriber, Sender.Link link) {
    return new RoamingSender(
        cluster.node(),
        places(subscriber),
        link,
        node ->
            member.thenCompose(
                known -> known.connect(new Destination.Subscriber(node, subscriber))),
        inner -> loop.connection(subscriber, inner));
  }

  private List<String> places(String subscriber) {
    for (SubscriberConfig known : config.subscribers()) {
      if (known.name().equals(subscriber)) {
        return cluster.placesOf(known, cluster.node());
      }
    }
    return List.of(cluster.node());
  }

  // ---- serving --------------------------------------------------------------------------------

  private synchronized ServerSocketChannel channel() {
    return channel;
  }

  private synchronized void tell(@Nullable Broker broker) {
    told.accept(broker);
  }

  @Override
  public synchronized void tellBroker(Consumer<@Nullable Broker> told) {
    this.told = told;
    Service serving = service;
    told.accept(serving == null ? null : serving.broker());
  }

  @Override
  public List<Bound> bounds() {
    Service serving = service;
    return serving == null ? List.of() : serving.bounds();
  }

  @Override
  public void apply(Config next) throws RefusedException {
    Config before = config;
    config = next; // senders made meanwhile use it
    Service serving = service;
    try {
      if (serving != null) {
        serving.apply(next);
      }
    } catch (RefusedException | IllegalStateException e) {
      config = before;
      throw e;
    }
    doorway.apply(Settings.limits(next));
    leaveFree(next.minFreeDiskBytes());
    member().configured(NodeSettings.digest(next));
  }

  private void leaveFree(long minFreeBytes) throws RefusedException {
    try {
      member().leaveFree(minFreeBytes);
    } catch (StoreException e) {
      throw new RefusedException(ErrorCode.UNAVAILABLE, e.sentence());
    }
  }

  @Override
  public synchronized void acceptFrom(ServerSocketChannel renewed) {
    channel = renewed;
    Service serving = service;
    if (serving == null) {
      doorway.acceptFrom(renewed);
    } else {
      doorway.use(renewed);
      serving.acceptFrom(renewed);
    }
  }

  /** Commits the submitted values while this node still leads; then another node takes over. */
  @Override
  public void stop() throws InterruptedException {
    Service serving = service;
    service = null;
    if (serving != null) {
      serving.stop();
    }
    member().close();
    closeDoorway();
  }

  private void closeDoorway() {
    try {
      doorway.stop();
    } catch (IOException e) {
      LOG.warn("not everything was closed: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("a connection did not close: {}", e.getMessage());
    }
  }
}
