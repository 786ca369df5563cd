package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.stats.Bound;
import io.ppmq.cluster.Member;
import io.ppmq.config.Address;
import io.ppmq.http.HttpServer;
import io.ppmq.http.Response;
import io.ppmq.metrics.Metrics;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin interface of a running broker. Answers from {@link #open} to {@link #close}, on one
 * daemon thread; its workers exist only while requests come, and for a while after the last one.
 */
public final class Admin implements AutoCloseable {
  /** The header of an answer that refuses something with a code of PROTOCOL.md. */
  public static final String CODE_HEADER = "Ppmq-Code";

  /** The header of an answer to a request that may succeed later. */
  public static final String LATER_HEADER = Response.RETRY_AFTER;

  /**
   * The header of a peek that ended before it had the messages that were asked for: {@code bytes}
   * after 4 MiB of payloads, {@code looks} after many messages that it does not show.
   */
  public static final String ENDED_HEADER = "Ppmq-Ended";

  private static final Logger LOGGER = LoggerFactory.getLogger("ppmq");

  private final HttpServer server;
  private final Access access;
  private final @Nullable Entrance entrance;
  private final Clock clock;
  private final long startNanos;
  private final Supplier<List<Bound>> bounds;
  private final Reloading reloading;
  private final Pages trusted;
  private volatile @Nullable BrokerPages broker;

  private Admin(
      Address address,
      ServerSocketChannel listening,
      Reloading reloading,
      Clock clock,
      Metrics metrics,
      @Nullable Member member,
      AdminSettings settings)
      throws IOException {
    this.clock = clock;
    this.startNanos = clock.nanos();
    this.reloading = reloading;
    this.bounds = settings.bounds();
    this.entrance = address instanceof Address.Tcp tcp ? entrance(tcp, settings) : null;
    this.access =
        entrance == null
            ? Access.ofUnixSocket()
            : Access.ofPort(
                entrance.token(), entrance.port(), entrance.tokenFile(), settings.consoleChanges());
    ClusterPages cluster = member == null ? null : new ClusterPages(member, reloading);
    Pages pages = new Pages(() -> broker, cluster, metrics, access);
    this.trusted = new Pages(() -> broker, null, metrics, Access.ofUnixSocket());
    this.server = HttpServer.start(listening, pages);
  }

  /** The page for browsers: its address, and the needs of a request. */
  private record Entrance(String page, int port, Token token, @Nullable Path tokenFile) {
    void log(boolean changes) {
      String what = changes ? "with changes" : "read-only";
      LOGGER.info("the console, {}: {}?token={}", what, page, token.text());
    }
  }

  /**
   * Begins to answer. A TCP port also serves the page for browsers; its requests need a token,
   * which is made now, and the log names the address of the page.
   *
   * @param address where {@code listening} listens: a unix socket, or a port on a loopback address
   * @param listening stays the caller's, who closes it after this
   * @param reloading reads the configuration again
   * @param clock the broker's clock, which the ages of messages are computed from; uptime counts
   *     from now
   * @param metrics served unchanged
   * @param member this machine's part in a cluster; null if the broker is alone
   */
  public static Admin open(
      Address address,
      ServerSocketChannel listening,
      Reloading reloading,
      Clock clock,
      Metrics metrics,
      @Nullable Member member,
      AdminSettings settings)
      throws IOException {
    return new Admin(address, listening, reloading, clock, metrics, member, settings);
  }

  /**
   * Serves this broker from now on, or none if it is null. The broker stays the caller's. Any
   * thread.
   */
  public void serve(@Nullable Broker now) {
    broker = now == null ? null : new BrokerPages(now, reloading, clock, startNanos, bounds);
  }

  /**
   * Answers an administrator's connection that another node passes on and vouches for. Any thread.
   */
  public void adopt(SocketChannel connected) {
    server.adopt(connected, trusted);
  }

  private static Entrance entrance(Address.Tcp address, AdminSettings settings) throws IOException {
    String page = address.toString().replaceFirst("^tcp", "http") + "/";
    Entrance entrance = new Entrance(page, address.port(), Token.generate(), settings.tokenFile());
    if (entrance.tokenFile() != null) {
      entrance.token().write(entrance.tokenFile());
    }
    entrance.log(settings.consoleChanges());
    return entrance;
  }

  /** Accepts from another channel from now on, and closes the one before. */
  public void acceptFrom(ServerSocketChannel next) {
    server.acceptFrom(next);
  }

  /** Sets whether the page for browsers, with the token, may change something. */
  public void allowChanges(boolean allowed) {
    if (entrance != null && access.allowChanges(allowed)) {
      entrance.log(allowed);
    }
  }

  /** Closes all connections, and removes the file of the token. */
  @Override
  public void close() throws IOException {
    server.close();
    if (entrance != null && entrance.tokenFile() != null) {
      Files.deleteIfExists(entrance.tokenFile());
    }
  }
}
