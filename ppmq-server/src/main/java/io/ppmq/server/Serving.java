package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.Bound;
import io.ppmq.cluster.Member;
import io.ppmq.config.Config;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two ways in which a server serves: with a broker of its own, or as one of several machines.
 */
interface Serving {
  /**
   * Tells a listener which broker there is, now and whenever that changes: null while there is none
   * on this machine. Told on threads of the server.
   */
  void tellBroker(Consumer<@Nullable Broker> told);

  /** The use of the bounds by connections; zero while there is no broker here. */
  List<Bound> bounds();

  /** Applies another configuration; see {@link Server#apply}. */
  void apply(Config next) throws RefusedException;

  /**
   * Accepts from another channel from now on, after the connections that wait at the one before.
   */
  void acceptFrom(ServerSocketChannel renewed);

  /** This machine's part in a cluster; null where the broker is alone. */
  default @Nullable Member member() {
    return null;
  }

  /** Has connections to the admin interface that other nodes vouch for brought to this. */
  default void serveAdmin(Consumer<SocketChannel> taker) {}

  /** Answers the values handed in, and ends; the socket stays open. Blocks until that is done. */
  void stop() throws InterruptedException;
}
