package io.ppmq.server;

import io.ppmq.broker.Bound;
import io.ppmq.broker.Broker;
import io.ppmq.broker.BrokerSettings;
import io.ppmq.broker.Clock;
import io.ppmq.broker.ErrorCode;
import io.ppmq.broker.RefusedException;
import io.ppmq.broker.SubscriberSettings;
import io.ppmq.broker.SyncPolicy;
import io.ppmq.config.Config;
import io.ppmq.config.DataPath;
import io.ppmq.config.LimitsConfig;
import io.ppmq.config.Sync;
import io.ppmq.config.TopicConfig;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.store.rocksdb.RocksStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.wire.Limits;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker as a process: everything is put together here, started in order, and stopped in the
 * opposite one.
 */
public final class Server {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** The name of the thread that reads all connections: nothing may hold it up. */
  public static final String READING_THREAD = "ppmq-read";

  private static final long LAST_ANSWERS_MILLIS = 1000;

  /** Ids of a new store begin with the time, so that keys differ even from those of a lost one. */
  private static final int IDS_PER_SECOND_BITS = 20;

  private final ListeningSocket socket;
  private final SenderLoop senders;
  private final Broker broker;
  private final Listener listener;
  private final Store store;
  private final List<Runnable> chores = new CopyOnWriteArrayList<>();
  private long minFreeDiskBytes;

  private Server(
      Config config,
      ListeningSocket socket,
      SenderLoop senders,
      Store store,
      Broker broker,
      Listener listener) {
    this.minFreeDiskBytes = config.minFreeDiskBytes();
    this.store = store;
    this.socket = socket;
    this.senders = senders;
    this.broker = broker;
    this.listener = listener;
  }

  /**
   * Starts a broker as configured. When it returns, connections are accepted.
   *
   * @param halt ends the process with an exit status when the broker cannot go on; called on a
   *     thread of the broker
   * @throws StartException when it cannot start; nothing is left behind then
   */
  public static Server start(Config config, IntConsumer halt) throws StartException {
    ListeningSocket socket =
        ListeningSocket.open("ServerSocket", config.serverSocket(), permit(config));
    try {
      return start(config, halt, socket);
    } catch (StoreException e) {
      closeQuietly(socket);
      throw new StartException(e.sentence(), e.isDamage());
    } catch (IOException e) {
      closeQuietly(socket);
      throw new StartException("the sockets cannot be watched: " + e.getMessage());
    }
  }

  private static Server start(Config config, IntConsumer halt, ListeningSocket socket)
      throws IOException {
    SenderLoop senders = new SenderLoop(Recipient.of(config));
    Store store = store(config);
    EventLog events = new EventLog(halt);
    Broker broker;
    try {
      broker = Broker.start(settings(config), store, Clock.system(), senders, events);
    } catch (StoreException e) {
      store.close();
      throw e;
    }
    senders.start(events::bug);
    int connectionsMax = OpenFiles.leftForConnections(config.subscribers().size());
    Listener listener = new Listener(broker, socket.channel(), limits(config), connectionsMax);
    Server server = new Server(config, socket, senders, store, broker, listener);
    listener.everySecond(server::lookAfterFiles);
    listener.start(events::bug);
    return server;
  }

  private static Store store(Config config) {
    long firstId = firstId();
    return config.dataPath() instanceof DataPath.Directory directory
        ? RocksStore.open(directory.path(), firstId, config.minFreeDiskBytes(), LOG::warn)
        : new MemoryStore(firstId);
  }

  /** The first id of a store that is made now. */
  static long firstId() {
    return Math.max(1, System.currentTimeMillis() / 1000) << IDS_PER_SECOND_BITS;
  }

  private static Limits limits(Config config) {
    return new Limits(config.maxMessageBytes(), config.maxValueBytes());
  }

  private static ListeningSocket.Permit permit(Config config) {
    return new ListeningSocket.Permit(
        config.serverSocketMode().permissions(), config.serverSocketGroup());
  }

  /** What the broker itself needs to know of a configuration. */
  static BrokerSettings settings(Config config) {
    return new BrokerSettings(
        config.topics().stream().map(Server::settings).toList(),
        config.subscribers().stream()
            .map(
                subscriber ->
                    new SubscriberSettings(
                        subscriber.name(),
                        new BatchLimits(subscriber.batchSize(), config.maxBatchBytes()),
                        subscriber.redeliverOnClose(),
                        Recipient.words(subscriber),
                        subscriber.socket() == null ? 0 : subscriber.connections()))
            .toList(),
        policy(config.sync()),
        new PeerRules(config.hasUserRules() ? new Access(config) : null, limits(config)));
  }

  private static TopicSettings settings(TopicConfig topic) {
    return new TopicSettings(
        topic.name(),
        topic.subscribers(),
        millisUp(topic.ackRetry()),
        topic.dedupe(),
        topic.priorities(),
        topic.expire(),
        limits(topic.limits()),
        millisUp(topic.limits().maxAge()));
  }

  private static TopicLimits limits(LimitsConfig limits) {
    return new TopicLimits(
        limits.maxMessages(),
        limits.maxBytes(),
        limits.whenFull(),
        limits.maxDeliveries(),
        limits.deadLetter(),
        millisUp(limits.ackRetryMax()),
        false);
  }

  /** A duration in milliseconds; one that is not 0 is at least 1. */
  private static long millisUp(Duration duration) {
    return duration.plusNanos(999_999).toMillis();
  }

  private static SyncPolicy policy(Sync sync) {
    if (sync instanceof Sync.Every every) {
      return SyncPolicy.every(every.interval());
    }
    return sync instanceof Sync.Never ? SyncPolicy.NEVER : SyncPolicy.ALWAYS;
  }

  /**
   * Goes by another configuration from now on, as far as {@link
   * io.ppmq.config.ConfigChanges#isLive} says that a running broker can. Blocks until the store
   * keeps it.
   *
   * @throws RefusedException when that cannot be done; nothing was changed
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public void apply(Config next) throws RefusedException {
    leaveFree(next.minFreeDiskBytes());
    ListeningSocket.Permit permitBefore = socket.permit();
    socket.apply(permit(next));
    senders.apply(Recipient.of(next));
    try {
      broker.apply(settings(next));
    } catch (RefusedException | IllegalStateException e) {
      socket.apply(permitBefore);
      leaveFree(minFreeDiskBytes);
      throw e;
    }
    listener.apply(limits(next));
    renewSocket(true);
    minFreeDiskBytes = next.minFreeDiskBytes();
  }

  private void leaveFree(long bytes) throws RefusedException {
    if (store instanceof RocksStore rocks) {
      try {
        rocks.leaveFree(bytes, LOG::warn);
      } catch (StoreException e) {
        throw new RefusedException(
            ErrorCode.UNAVAILABLE, "MinFreeDisk cannot be changed: " + e.sentence());
      }
    }
  }

  /** Has something else looked after about once a second; it must not block. */
  public void lookAfter(Runnable chore) {
    chores.add(chore);
  }

  private void lookAfterFiles() {
    renewSocket(false);
    chores.forEach(Runnable::run);
  }

  /** Listens again, if the file of the socket was removed. */
  private void renewSocket(boolean makeDirectory) {
    ServerSocketChannel renewed = socket.renew(makeDirectory);
    if (renewed != null) {
      listener.acceptFrom(renewed);
    }
  }

  /** What connections take of what is bounded, as it was a second ago or later. */
  public List<Bound> bounds() {
    return listener.bounds();
  }

  /** The broker that runs in this process. */
  public Broker broker() {
    return broker;
  }

  /**
   * Stops accepting, commits and answers what was handed in, and removes the socket file. Blocks
   * until that is done; calling it again does nothing.
   */
  public void stop() throws InterruptedException {
    try {
      listener.stopReading();
      broker.stop();
      listener.close(LAST_ANSWERS_MILLIS);
      senders.stop();
      socket.close();
    } catch (IOException e) {
      LOG.warn("not everything was closed: {}", e.getMessage());
    }
  }

  private static void closeQuietly(ListeningSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.warn("the socket was not closed: {}", e.getMessage());
    }
  }
}
