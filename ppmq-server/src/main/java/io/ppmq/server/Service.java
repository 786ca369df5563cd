package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Senders;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.stats.Bound;
import io.ppmq.config.Config;
import io.ppmq.store.Store;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running broker, with the threads that read its producers and write to its subscribers. */
final class Service {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long LAST_ANSWERS_MILLIS = 1000;

  private final SenderLoop senders;
  private final Broker broker;
  private final Listener listener;
  private final OpenFiles files;
  private volatile OpenFiles.Shares shares;
  private final AtomicBoolean ended = new AtomicBoolean();

  private Service(
      Config config,
      Store store,
      ServerSocketChannel channel,
      Function<SenderLoop, Senders> reach,
      EventLog events)
      throws IOException {
    this.senders = new SenderLoop(Recipient.of(config));
    this.files = OpenFiles.now();
    this.shares = files.shares(config);
    senders.allow(shares.toSockets());
    BrokerSettings settings = Settings.settings(config, shares.toEach());
    try {
      this.broker = Broker.start(settings, store, Clock.system(), reach.apply(senders), events);
    } catch (RuntimeException e) {
      store.close();
      stop(senders);
      throw e;
    }
    senders.start(events::bug);
    try {
      this.listener =
          new Listener(broker, channel, Settings.limits(config), connectionsMax(config));
    } catch (IOException | RuntimeException e) {
      abandon(broker);
      stop(senders);
      throw e;
    }
  }

  private IntSupplier connectionsMax(Config config) {
    return config.cluster() == null
        ? () -> shares.accepted()
        : () -> ConnectionLimit.maxOfNode(shares.accepted());
  }

  /** Otherwise a broker that nothing knows would go on pushing. */
  private static void abandon(Broker broker) {
    try {
      broker.abandon("its connections could not be accepted");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stop(SenderLoop senders) {
    try {
      senders.stop();
    } catch (IOException e) {
      LOG.warn("not everything was closed: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Starts a broker. When it returns, connections are accepted.
   *
   * @param store the store, which belongs to the broker from now on
   * @param channel the channel to accept from; stays the caller's
   * @param reach makes the broker's senders from those for the sockets of this machine
   * @param everySecond runs about once a second on the thread that reads; must not block
   * @throws io.ppmq.store.StoreException if the store cannot be read; it is closed then
   */
  static Service start(
      Config config,
      Store store,
      ServerSocketChannel channel,
      Function<SenderLoop, Senders> reach,
      EventLog events,
      Runnable everySecond)
      throws IOException {
    Service service = new Service(config, store, channel, reach, events);
    service.listener.everySecond(everySecond);
    service.listener.start(events::bug);
    return service;
  }

  /** The use of the bounds by connections, at most a second old. */
  List<Bound> bounds() {
    return listener.bounds();
  }

  Broker broker() {
    return broker;
  }

  /** Applies another configuration; if it throws, nothing was changed. */
  void apply(Config next) throws RefusedException {
    senders.apply(Recipient.of(next));
    OpenFiles.Shares then = files.shares(next);
    broker.apply(Settings.settings(next, then.toEach()));
    shares = then;
    senders.allow(then.toSockets());
    listener.apply(Settings.limits(next));
  }

  void acceptFrom(ServerSocketChannel renewed) {
    listener.acceptFrom(renewed);
  }

  /** Takes over a connection that was accepted elsewhere; see {@link Listener#adopt}. */
  void adopt(SocketChannel channel, @Nullable PeerUser relayed) {
    listener.adopt(channel, relayed);
  }

  /**
   * Stops accepting, commits and answers the submitted values. Blocks until that is done; a second
   * call does nothing.
   */
  void stop() throws InterruptedException {
    if (ended.compareAndSet(false, true)) {
      listener.stopReading();
      broker.stop();
      close();
    }
  }

  /**
   * Ends without a commit, since another node leads: answers fail with the reason. Blocks; does
   * nothing after an earlier call of this or {@link #stop}.
   */
  void abandon(String reason) throws InterruptedException {
    if (ended.compareAndSet(false, true)) {
      listener.stopReading();
      broker.abandon(reason);
      close();
    }
  }

  private void close() throws InterruptedException {
    try {
      listener.close(LAST_ANSWERS_MILLIS);
      senders.stop();
    } catch (IOException e) {
      LOG.warn("not everything was closed: {}", e.getMessage());
    }
  }
}
