package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.NodeStatus.Standing;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps out a disk that is older than it was. A starting member tells the others the position of
 * its log. It takes part only after enough of them to form a majority with it have compared the
 * position with their memory ({@link DiskMemory}). It waits for all that answer at once; a node
 * that answers later and remembers more ends this process. Any thread.
 */
final class Recognition {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final String self;
  private final RaftNode raft;
  private final DiskMemory memory;
  private final Consumer<String> failed;
  private final long waitNanos;
  private final Set<String> recognisedBy = new TreeSet<>();
  private final AtomicBoolean resumed = new AtomicBoolean();
  private final AtomicBoolean refused = new AtomicBoolean();
  private volatile long startNanos;

  /**
   * The recognition of the node {@code self}.
   *
   * @param failed takes the reason why this node cannot go on
   */
  Recognition(
      String self, Path dataPath, RaftNode raft, long electionMillis, Consumer<String> failed) {
    this.self = self;
    this.raft = raft;
    this.memory = new DiskMemory(dataPath);
    this.failed = failed;
    this.waitNanos = TimeUnit.MILLISECONDS.toNanos(electionMillis);
  }

  /** The node listens. A single node takes part at once. */
  void start() {
    startNanos = System.nanoTime();
    if (raft.isReturning() && raft.recognisedMin() == 0) {
      resume();
    }
  }

  /** Another member accepts this disk. */
  void recognised(String node) {
    if (!raft.isReturning() || refused.get()) {
      return;
    }
    int count;
    synchronized (recognisedBy) {
      recognisedBy.add(node);
      count = recognisedBy.size();
    }
    boolean all = count >= raft.members().size() - 1;
    if (count >= raft.recognisedMin() && (all || System.nanoTime() - startNanos > waitNanos)) {
      resume();
    }
  }

  private void resume() {
    if (resumed.compareAndSet(false, true)) {
      Threads.start(
          "ppmq-resume",
          () -> {
            try {
              raft.resume();
            } catch (ClusterException e) {
              failed.accept(String.valueOf(e.getMessage()));
            }
          });
    }
  }

  /** Another member remembers a later position of this disk. */
  void refused(String sentence) {
    if (!refused.getAndSet(true)) {
      LOG.error("this node does not take part: {}", sentence);
    }
    if (resumed.get()) {
      failed.accept(sentence);
    }
  }

  /**
   * Compares the disk in a report with the members, and its position with the remembered one.
   *
   * @throws ClusterException if the disk is not that of the member with its name
   */
  void compare(NodeReport report) throws ClusterException, OlderDiskException {
    String group = String.valueOf(raft.identity().group());
    String node = report.node();
    List<RaftPeer> peers = raft.peers();
    boolean isNamed = false;
    for (RaftPeer peer : peers) {
      String id = peer.getId().toString();
      isNamed |= NodeIdentity.nodeOf(id).equals(node);
      if (NodeIdentity.nodeOf(id).equals(node) && !NodeIdentity.diskOf(id).equals(report.disk())) {
        throw NodeIdentity.otherDisk(node);
      }
    }
    if (!isNamed
        && !peers.isEmpty()
        && report.standing() == Standing.RETURNING
        && report.group().equals(group)) {
      throw new ClusterException(
          "the node "
              + node
              + " was removed: empty its DataPath, start it, and admit it again with 'ppmq cluster"
              + " add "
              + node
              + " HOST:PORT'");
    }
    if (!report.node().equals(self) && raft.members().contains(peerId(report))) {
      memory.heard(report);
    }
  }

  private static String peerId(NodeReport report) {
    return NodeIdentity.peerId(report.node(), report.disk()).toString();
  }

  /** Saves the remembered positions, now and then. Blocks for the disk. */
  void keepNowAndThen() {
    memory.keepNowAndThen(raft.members());
  }

  /** Saves the remembered positions. Blocks for the disk. */
  void keep() {
    memory.keep(raft.members());
  }
}
