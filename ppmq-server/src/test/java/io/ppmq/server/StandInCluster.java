package io.ppmq.server;

import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Clusters;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.Relays;
import io.ppmq.cluster.Verification;
import io.ppmq.store.memory.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in this process whose leader the test names. Threads relay its connections; each leader
 * begins with an empty store.
 */
final class StandInCluster implements Clusters {
  private final Map<String, Node> nodes = new TreeMap<>();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile @Nullable Node leading;
  private volatile boolean lost;
  private long term;

  @Override
  public void check(ClusterSettings settings) {}

  @Override
  public Member start(ClusterSettings settings, Leadership leadership, Relays relays) {
    Node node = new Node(settings.node(), leadership, relays);
    nodes.put(node.name, node);
    return node;
  }

  @Override
  public void forceSingle(ClusterSettings settings) {}

  /** Makes another node lead, or none; returns when all know it. */
  void lead(@Nullable String name) {
    Node before = leading;
    leading = null;
    lost = false;
    if (before != null) {
      before.leadership.end("another leads");
    }
    List.copyOf(relayed).forEach(StandInCluster::shut);
    relayed.clear();
    for (Node node : nodes.values()) {
      if (!node.name.equals(name)) {
        node.leadership.follow(null);
      }
    }
    if (name != null) {
      Node next = nodes.get(name);
      next.leadership.begin(new MemoryStore(1L + term * 1000), ++term);
      leading = next;
      nodes.values().stream()
          .filter(node -> node != next)
          .forEach(node -> node.leadership.follow(name));
    }
  }

  /** Makes the leader unreachable without a report. */
  void lose() {
    lost = true;
  }

  /** The number of connections that could not be relayed. */
  int refused() {
    return refused.get();
  }

  private final List<SocketChannel> relayed = new CopyOnWriteArrayList<>();

  private static void shut(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void copy(SocketChannel from, SocketChannel to) {
    Thread thread =
        new Thread(
            () -> {
              ByteBuffer buffer = ByteBuffer.allocate(4096);
              try {
                while (from.read(buffer.clear()) >= 0) {
                  buffer.flip();
                  while (buffer.hasRemaining()) {
                    to.write(buffer);
                  }
                }
                to.shutdownOutput();
              } catch (IOException gone) {
                shut(from);
                shut(to);
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private final class Node implements Member {
    private final String name;
    private final Leadership leadership;
    private final Relays relays;

    Node(String name, Leadership leadership, Relays relays) {
      this.name = name;
      this.leadership = leadership;
      this.relays = relays;
    }

    private SocketChannel open(Destination to) throws IOException {
      Node leader = leading;
      if (to instanceof Destination.Subscriber at) {
        return nodes.get(at.node()).relays.subscriber(at.subscriber());
      }
      if (leader == null || lost) {
        refused.incrementAndGet();
        throw new IOException("nobody leads");
      }
      return to instanceof Destination.Values values
          ? leader.relays.values(values.caller())
          : leader.relays.admin(((Destination.Admin) to).caller());
    }

    @Override
    public CompletableFuture<SocketChannel> connect(Destination to) {
      return CompletableFuture.supplyAsync(
          () -> {
            try {
              return open(to);
            } catch (IOException e) {
              throw new IllegalStateException(e.getMessage(), e);
            }
          });
    }

    @Override
    public void relay(SocketChannel accepted, Destination to, Consumer<String> refused) {
      try {
        SocketChannel far = open(to);
        relayed.addAll(List.of(accepted, far));
        copy(accepted, far);
        copy(far, accepted);
      } catch (IOException e) {
        refused.accept(String.valueOf(e.getMessage()));
      }
    }

    @Override
    public ClusterStatus status() {
      return new ClusterStatus(
          "c", name, leader(), term, 0, 0, new ArrayList<>(), 0, 0, 0, 0, 0, false, null);
    }

    @Override
    public @Nullable String leader() {
      Node leader = leading;
      return leader == null ? null : leader.name;
    }

    @Override
    public void leaveFree(long minFreeBytes) {}

    @Override
    public void configured(String digest) {}

    @Override
    public void found() {}

    @Override
    public void join() {}

    @Override
    public void add(String node, NodeAddress address) {}

    @Override
    public void remove(String node) {}

    @Override
    public void replace(String node) {}

    @Override
    public void transfer(String node) {
      lead(node);
    }

    @Override
    public Verification verify() {
      return new Verification(0, new TreeMap<>(), new TreeSet<>());
    }

    @Override
    public void close() {
      if (leading == this) {
        lead(null);
      }
      nodes.remove(name);
    }
  }
}
