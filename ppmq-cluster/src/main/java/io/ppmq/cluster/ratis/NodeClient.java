package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.NodeAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.netty.channel.nio.NioEventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioSocketChannel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;

/**
 * The connections to other nodes besides those of Ratis, one to each, made at its first use. Any
 * thread.
 */
final class NodeClient implements AutoCloseable {
  private static final int MESSAGE_BYTES_MAX = 1 << 20;
  private static final int WINDOW_BYTES = 256 << 10;

  /**
   * A call ends if the other machine has acknowledged nothing for the sum of both times. The first
   * is the least that gRPC accepts.
   */
  private static final long KEEP_ALIVE_MILLIS = 10_000;

  private static final long KEEP_ALIVE_TIMEOUT_MILLIS = 5_000;

  /** The time between a refused connection and the next attempt. */
  private static final long RETRY_MILLIS = 100;

  private final String self;
  private final NodeTls tls;
  private final SslContext ssl;
  private final NioEventLoopGroup loops = new NioEventLoopGroup(1);
  private final Map<NodeAddress, ManagedChannel> channels = new ConcurrentHashMap<>();

  /** The client of the node {@code self}. */
  NodeClient(String self, NodeTls tls) {
    this.self = self;
    this.tls = tls;
    this.ssl = tls.forClient();
  }

  /** The connection to a node, made if necessary; it reaches no other node. */
  ManagedChannel channel(String node, NodeAddress address) {
    tls.listens(address.toString(), node);
    return channels.computeIfAbsent(address, this::make);
  }

  private ManagedChannel make(NodeAddress address) {
    return NettyChannelBuilder.forTarget(address.toString())
        .channelType(NioSocketChannel.class)
        .eventLoopGroup(loops)
        .sslContext(ssl)
        .proxyDetector(uri -> null)
        .disableRetry()
        .directExecutor() // the callbacks do not block
        .maxInboundMessageSize(MESSAGE_BYTES_MAX)
        .flowControlWindow(WINDOW_BYTES)
        .keepAliveTime(KEEP_ALIVE_MILLIS, TimeUnit.MILLISECONDS)
        .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
        .build();
  }

  /** Tries a failed connection again at once instead of later. */
  void retry(NodeAddress address) {
    ManagedChannel channel = channels.get(address);
    if (channel != null) {
      channel.resetConnectBackoff();
    }
  }

  /**
   * Makes a new connection to a node for later calls. After an interruption of the network, TCP
   * retries only after pauses that grew with it. Calls over the old connection continue: the node
   * may only be slow.
   */
  void renew(NodeAddress address) {
    ManagedChannel channel = channels.remove(address);
    if (channel != null) {
      channel.shutdown();
    }
  }

  /**
   * Asks a node. Blocks for the answer.
   *
   * @throws NotLeadingException if only a leader answers the request, and the node no longer leads
   * @throws ClusterException with the refusal of the node, or the reason for a missing answer
   */
  byte[] ask(String node, NodeAddress address, Question question, long timeoutMillis)
      throws ClusterException {
    retry(address);
    try {
      return ClientCalls.blockingUnaryCall(
          channel(node, address),
          NodeCalls.ASK,
          CallOptions.DEFAULT.withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS),
          question.toBytes());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == NodeCalls.NOT_LEADING.getCode()) {
        throw new NotLeadingException(sentence(node, e));
      }
      throw new ClusterException(sentence(node, e), e);
    }
  }

  /**
   * Asks a node that may be starting: tries again if it is not reachable. Blocks for the answer.
   *
   * @throws ClusterException as {@link #ask}
   */
  byte[] askStarting(String node, NodeAddress address, Question question, long timeoutMillis)
      throws ClusterException {
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (true) {
      long leftMillis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
      try {
        return ask(node, address, question, Math.max(1, leftMillis));
      } catch (ClusterException e) {
        if (leftMillis < RETRY_MILLIS || !isUnreachable(e)) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS));
      }
    }
  }

  private static boolean isUnreachable(ClusterException e) {
    return e.getCause() instanceof StatusRuntimeException status
        && status.getStatus().getCode() == Status.Code.UNAVAILABLE;
  }

  /** The name of this node. */
  String self() {
    return self;
  }

  /** A sentence with the reason of a failed call. */
  static String sentence(String node, StatusRuntimeException e) {
    Status status = e.getStatus();
    String said = status.getDescription();
    return switch (status.getCode()) {
      case FAILED_PRECONDITION, DATA_LOSS, ABORTED -> said == null ? "refused by " + node : said;
      case DEADLINE_EXCEEDED -> "the node " + node + " did not answer in time";
      default -> "the node " + node + " is not reachable: " + cause(status);
    };
  }

  private static String cause(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String said = status.getDescription();
    if (cause != null && cause.getMessage() != null) {
      return cause.getMessage();
    }
    return said == null ? String.valueOf(status.getCode()) : said;
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    Future<?> unused = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
