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

/** The two ways to serve: alone, or as one of several machines. */
interface Serving {
  /**
   * Tells a listener the broker, now and after each change: null while there is none on this
   * machine. Called on threads of the server.
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

  /** This machine's part in a cluster; null if the broker is alone. */
  default @Nullable Member member() {
    return null;
  }

  /** Sets the receiver of connections to the admin interface that other nodes vouch for. */
  default void serveAdmin(Consumer<SocketChannel> taker) {}

  /** Answers the submitted values, and ends; the socket stays open. Blocks until that is done. */
  void stop() throws InterruptedException;
}
