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

/** Our own connections to other nodes, one to each, made when it is needed first. Any thread. */
final class NodeClient implements AutoCloseable {
  private static final int MESSAGE_BYTES_MAX = 1 << 20;
  private static final int WINDOW_BYTES = 256 << 10;

  /**
   * A call over a connection ends when the other's machine has not acknowledged anything for both
   * together. The first is the least that gRPC takes.
   */
  private static final long KEEP_ALIVE_MILLIS = 10_000;

  private static final long KEEP_ALIVE_TIMEOUT_MILLIS = 5_000;

  /** How long after a connection that was refused the next is tried. */
  private static final long RETRY_MILLIS = 100;

  private final String self;
  private final NodeTls tls;
  private final SslContext ssl;
  private final NioEventLoopGroup loops = new NioEventLoopGroup(1);
  private final Map<NodeAddress, ManagedChannel> channels = new ConcurrentHashMap<>();

  /** For the node of this name. */
  NodeClient(String self, NodeTls tls) {
    this.self = self;
    this.tls = tls;
    this.ssl = tls.forClient();
  }

  /** The connection to a node, which may have to be made first; nobody else is reached by it. */
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

  /** Has a connection that could not be made be tried at once, and not some time later. */
  void retry(NodeAddress address) {
    ManagedChannel channel = channels.get(address);
    if (channel != null) {
      channel.resetConnectBackoff();
    }
  }

  /**
   * Makes a new connection to a node, for the calls that come. After a network was cut, TCP tries
   * again only after pauses that grew with the cut. Calls over the old connection go on: the node
   * may only be slow to answer.
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
   * @throws NotLeadingException when only a leader answers that, and it leads no more
   * @throws ClusterException with the other's refusal, or why it does not answer
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
   * Asks a node that may just be starting: one that is not reachable is tried again. Blocks for the
   * answer.
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

  /** The name of the node that asks. */
  String self() {
    return self;
  }

  /** The reason of a failed call, about the node. */
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
