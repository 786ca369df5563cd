package io.ppmq.cluster.ratis;

import io.ppmq.cluster.NodeAddress;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of the other nodes. Each gets a hello every half election timeout and answers with its
 * report; a node that was not heard for two election timeouts is down. Only this class logs that a
 * node is down.
 */
final class Neighbours implements AutoCloseable {
  /** The reactions of the node. Called on the threads of connections: must not block. */
  interface Listener {
    /**
     * The node answers after two election timeouts without an answer, or is a new process. A busy
     * node that answers late must not be disturbed further.
     */
    void up(String node, NodeReport report);

    /** The node answers, and accepts the disk of this node. */
    void recognised(String node, NodeReport report);

    /** The node remembers a later position of this node's disk. */
    void older(String sentence);

    void down(String node);
  }

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /**
   * The number of election timeouts without an answer after which a new connection is made. It is
   * larger than the number after which a node counts as down: a handshake is work for a node that
   * may be busy.
   */
  private static final int SILENT_ELECTIONS = 4;

  private final String self;
  private final NodeClient client;
  private final long electionMillis;
  private final Supplier<Map<String, NodeAddress>> nodes;
  private final Supplier<NodeReport> own;
  private final Listener listener;
  private final Map<String, Neighbour> known = new ConcurrentHashMap<>();
  private final ScheduledExecutorService clock;

  /**
   * The neighbours of the node {@code self}.
   *
   * @param nodes the nodes that get a hello; called each time
   * @param own the report of this node; called each time
   */
  Neighbours(
      String self,
      NodeClient client,
      long electionMillis,
      Supplier<Map<String, NodeAddress>> nodes,
      Supplier<NodeReport> own,
      Listener listener) {
    this.self = self;
    this.client = client;
    this.electionMillis = electionMillis;
    this.nodes = nodes;
    this.own = own;
    this.listener = listener;
    this.clock = Threads.clock("ppmq-neighbours");
  }

  void start() {
    Future<?> unused =
        clock.scheduleWithFixedDelay(
            this::round, 0, Math.max(50, electionMillis / 2), TimeUnit.MILLISECONDS);
  }

  /**
   * Adds a task for now and then; it must not block.
   *
   * @param times the number of calls in an election timeout
   */
  void also(int times, Runnable check) {
    long every = Math.max(50, electionMillis / times);
    Future<?> unused =
        clock.scheduleWithFixedDelay(
            () -> {
              try {
                check.run();
              } catch (RuntimeException e) {
                LOG.debug("the check of a node failed", e);
              }
            },
            every,
            every,
            TimeUnit.MILLISECONDS);
  }

  private void round() {
    try {
      byte[] report = own.get().toBytes();
      nodes.get().forEach((node, address) -> greet(node, address, report));
      long now = System.nanoTime();
      known.values().forEach(n -> n.check(now));
    } catch (RuntimeException e) {
      LOG.debug("the nodes could not be greeted", e);
    }
  }

  private void greet(String node, NodeAddress address, byte[] report) {
    if (node.equals(self)) {
      return;
    }
    Neighbour neighbour = of(node);
    if (neighbour.isSilent()) {
      client.renew(address);
    } else {
      client.retry(address);
    }
    long sentNanos = System.nanoTime();
    ClientCalls.asyncUnaryCall(
        client
            .channel(node, address)
            .newCall(
                NodeCalls.HELLO,
                CallOptions.DEFAULT.withDeadlineAfter(electionMillis, TimeUnit.MILLISECONDS)),
        report,
        new StreamObserver<byte[]>() {
          @Override
          public void onNext(byte[] answer) {
            neighbour.answered(NodeReport.of(answer), sentNanos);
          }

          @Override
          public void onError(Throwable failure) {
            neighbour.failed(failure);
          }

          @Override
          public void onCompleted() {}
        });
  }

  private Neighbour of(String node) {
    return known.computeIfAbsent(node, Neighbour::new);
  }

  /** A node sent a hello to this one. */
  void heard(NodeReport report) {
    of(report.node()).heard(report);
  }

  // ---- what is known --------------------------------------------------------------------------

  /** The last report of a node; null if there was none within twice the election timeout. */
  @Nullable NodeReport report(String node) {
    Neighbour neighbour = known.get(node);
    return neighbour == null || !neighbour.up ? null : neighbour.last;
  }

  /** The last report of a node, however old; null if there never was one. */
  @Nullable NodeReport lastReport(String node) {
    Neighbour neighbour = known.get(node);
    return neighbour == null ? null : neighbour.last;
  }

  /** The milliseconds by which its clock is ahead of this node's; null if unknown. */
  @Nullable Long skewMillis(String node) {
    Neighbour neighbour = known.get(node);
    return neighbour == null ? null : neighbour.skewMillis;
  }

  /** The nodes that were heard within twice the election timeout, by name. */
  SortedMap<String, NodeReport> up() {
    SortedMap<String, NodeReport> up = new TreeMap<>();
    known.forEach(
        (node, neighbour) -> {
          NodeReport last = neighbour.last;
          if (neighbour.up && last != null) {
            up.put(node, last);
          }
        });
    return up;
  }

  /** The names of all nodes that got or sent a hello. */
  List<String> names() {
    return known.keySet().stream().sorted().toList();
  }

  /** Why another node refuses the report of this one; null while none does. */
  @Nullable String refusal() {
    for (Neighbour neighbour : known.values()) {
      String said = neighbour.refusal;
      if (said != null && neighbour.up) {
        return said;
      }
    }
    return null;
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }

  private final class Neighbour {
    private final String node;
    private volatile @Nullable NodeReport last;
    private volatile long heardNanos = System.nanoTime();
    private volatile long answeredNanos = heardNanos;
    private volatile long renewedNanos = heardNanos;
    private volatile boolean up;
    private volatile @Nullable Long skewMillis;
    private volatile @Nullable String refusal;
    private boolean saidDown;
    private long answeredBoot;
    private String why = "it was not heard";

    Neighbour(String node) {
      this.node = node;
    }

    void answered(NodeReport report, long sentNanos) {
      if (!report.node().equals(node)) {
        return; // its certificate has both names
      }
      long halfTripMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sentNanos) / 2;
      skewMillis = report.wallMillis() + halfTripMillis - System.currentTimeMillis();
      refusal = null;
      boolean again;
      synchronized (this) {
        long now = System.nanoTime();
        again =
            now - answeredNanos > TimeUnit.MILLISECONDS.toNanos(2 * electionMillis)
                || (answeredBoot != 0 && answeredBoot != report.boot());
        answeredNanos = now;
        renewedNanos = now;
        answeredBoot = report.boot();
      }
      heard(report);
      listener.recognised(node, report);
      if (again) {
        listener.up(node, report);
      }
    }

    /** Whether the node has not answered for that long since the last call that returned true. */
    boolean isSilent() {
      long now = System.nanoTime();
      long silentMillis = TimeUnit.NANOSECONDS.toMillis(now - renewedNanos);
      boolean silent = silentMillis > SILENT_ELECTIONS * electionMillis;
      if (silent) {
        renewedNanos = now;
      }
      return silent;
    }

    synchronized void heard(NodeReport report) {
      last = report;
      heardNanos = System.nanoTime();
      up = true;
      if (saidDown) {
        saidDown = false;
        LOG.info("the node {} is reachable again", node);
      }
    }

    void failed(Throwable failure) {
      if (failure instanceof StatusRuntimeException status) {
        Status.Code code = status.getStatus().getCode();
        boolean older = code == NodeCalls.OLDER_DISK.getCode();
        if (older) {
          listener.older(NodeClient.sentence(node, status));
        }
        failed(status, older || code == Status.Code.FAILED_PRECONDITION);
      }
    }

    private synchronized void failed(StatusRuntimeException status, boolean refused) {
      String said = NodeClient.sentence(node, status);
      if (!refused) {
        why = said;
        return;
      }
      renewedNanos = System.nanoTime(); // it answered
      if (!said.equals(refusal)) {
        refusal = said;
        LOG.error("the node {} does not admit this one: {}", node, said);
      }
    }

    synchronized void check(long now) {
      if (now - heardNanos > TimeUnit.MILLISECONDS.toNanos(2 * electionMillis) && !saidDown) {
        saidDown = true;
        LOG.warn("the node {} is down: {}", node, why);
        if (up) {
          up = false;
          listener.down(node);
        }
      }
    }
  }
}
