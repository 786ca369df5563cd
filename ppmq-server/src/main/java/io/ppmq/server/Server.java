package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.Bound;
import io.ppmq.cluster.Clusters;
import io.ppmq.cluster.Member;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.Config;
import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker as a process: puts all parts together, starts them in order, and stops them in the
 * opposite order.
 */
public final class Server {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** The name of the thread that reads all connections, which nothing may hold up. */
  public static final String READING_THREAD = "ppmq-read";

  private final ListeningSocket socket;
  private final Serving serving;
  private final List<Runnable> chores;

  private Server(ListeningSocket socket, Serving serving, List<Runnable> chores) {
    this.socket = socket;
    this.serving = serving;
    this.chores = chores;
  }

  /**
   * Starts a broker as configured. When it returns, connections are accepted.
   *
   * @param halt ends the process with an exit status if the broker cannot go on; called on a thread
   *     of the broker
   * @throws StartException if it cannot start; nothing is left behind then
   */
  public static Server start(Config config, IntConsumer halt) throws StartException {
    ListeningSocket socket =
        ListeningSocket.open("ServerSocket", config.serverSocket(), permit(config));
    try {
      List<Runnable> chores = new CopyOnWriteArrayList<>();
      EventLog events = new EventLog(halt);
      Runnable everySecond = () -> chores.forEach(Runnable::run);
      Serving serving =
          config.cluster() == null
              ? ServingAlone.start(config, socket.channel(), events, everySecond)
              : inCluster(config, config.cluster(), socket, events, halt, everySecond);
      Server server = new Server(socket, serving, chores);
      server.lookAfter(() -> server.renewSocket(false));
      return server;
    } catch (StartException e) {
      closeQuietly(socket);
      throw e;
    } catch (StoreException e) {
      closeQuietly(socket);
      throw new StartException(e.sentence(), e.isDamage());
    } catch (IOException e) {
      closeQuietly(socket);
      throw new StartException("the sockets cannot be watched: " + e.getMessage());
    }
  }

  private static Serving inCluster(
      Config config,
      ClusterConfig cluster,
      ListeningSocket socket,
      EventLog events,
      IntConsumer halt,
      Runnable everySecond)
      throws IOException, StartException {
    Clusters clusters =
        Clusters.installed()
            .orElseThrow(() -> new StartException("the package ppmq-cluster is not installed"));
    return ServingInCluster.start(
        config,
        cluster,
        clusters,
        socket.channel(),
        events,
        halt,
        ServingInCluster.PATIENCE_NANOS,
        everySecond);
  }

  private static ListeningSocket.Permit permit(Config config) {
    return new ListeningSocket.Permit(
        config.serverSocketMode().permissions(), config.serverSocketGroup());
  }

  /**
   * Applies another configuration, whose changes {@link io.ppmq.config.ConfigChanges#isLive} allows
   * for a running broker. Blocks until the store has committed it.
   *
   * @throws RefusedException if that fails; nothing was changed
   * @throws IllegalStateException if the broker has stopped or does not answer in time
   */
  public void apply(Config next) throws RefusedException {
    ListeningSocket.Permit permitBefore = socket.permit();
    socket.apply(permit(next));
    try {
      serving.apply(next);
    } catch (RefusedException | IllegalStateException e) {
      socket.apply(permitBefore);
      throw e;
    }
    renewSocket(true);
  }

  /** Adds a task for about once a second; it must not block. */
  public void lookAfter(Runnable chore) {
    chores.add(chore);
  }

  /** Listens again if the file of the socket was removed. */
  private void renewSocket(boolean makeDirectory) {
    ServerSocketChannel renewed = socket.renew(makeDirectory);
    if (renewed != null) {
      serving.acceptFrom(renewed);
    }
  }

  /** The use of the bounds by connections, at most a second old. */
  public List<Bound> bounds() {
    return serving.bounds();
  }

  /** This machine's part in the cluster; null if the broker is alone. */
  public @Nullable Member member() {
    return serving.member();
  }

  /** Sets the receiver of connections to the admin interface that other nodes vouch for. */
  public void serveAdmin(Consumer<SocketChannel> taker) {
    serving.serveAdmin(taker);
  }

  /**
   * Tells a listener the broker of this process, now and after each change: null while another
   * machine leads, or none.
   */
  public void tellBroker(Consumer<@Nullable Broker> told) {
    serving.tellBroker(told);
  }

  /**
   * Stops accepting, commits and answers the submitted values, and removes the socket file. Blocks
   * until that is done; a second call does nothing.
   */
  public void stop() throws InterruptedException {
    try {
      serving.stop();
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
