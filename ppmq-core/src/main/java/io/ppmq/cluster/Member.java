package io.ppmq.cluster;

import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * This node of the cluster, while it runs. Any thread may call it. What changes the cluster blocks
 * until it is done, for seconds where a node has to be given the whole store first; any node may be
 * asked, and passes it on to the leader.
 */
public interface Member extends AutoCloseable {
  /** How the cluster stands. Does not block; cheap enough to be asked once a second. */
  ClusterStatus status();

  /** The name of the leader, this node or another; null while none is known. Costs nothing. */
  @Nullable String leader();

  /**
   * Tells what this node's topics and subscribers are, by a digest of them: at the start, and after
   * each reload. A node whose digest is not the leader's does not lead.
   */
  void configured(String digest);

  /** Has this node say from now on that it has no room with less than this free. */
  void leaveFree(long minFreeBytes);

  // ---- what changes the cluster ---------------------------------------------------------------

  /**
   * Founds the cluster, with this node as its only member so far and with what the store in the
   * data path holds, that of a single server too. The cluster serves when a majority of the
   * configured nodes has joined.
   *
   * @throws ClusterException when this node is a member already, or another of the configured nodes
   *     is
   */
  void found() throws ClusterException;

  /**
   * Joins the cluster that one of the configured nodes is a member of: waits for the leader to have
   * given this node everything.
   *
   * @throws ClusterException when the data path is not empty, no leader answers in time, or the
   *     cluster has a member of this name, which is then to be replaced
   */
  void join() throws ClusterException;

  /** Makes a node that waits with an empty disk a member. */
  void add(String node, NodeAddress address) throws ClusterException;

  /** Takes a member out; it is not needed for a majority any more. It may be down. */
  void remove(String node) throws ClusterException;

  /** Takes a member whose disk is lost out, and lets the node that waits under its name in. */
  void replace(String node) throws ClusterException;

  /** Has another member lead, once it has everything. */
  void transfer(String node) throws ClusterException;

  /**
   * Compares what the members hold after one and the same entry.
   *
   * @throws ClusterException when there is no leader, or it does not answer in time
   */
  Verification verify() throws ClusterException;

  // ---- relayed connections --------------------------------------------------------------------

  /**
   * Connects to where another node is asked to bring it. The channel that comes is connected and
   * blocking, and its other end is copied to and from that node, the end of the bytes and a reset
   * too. Never blocks, and completes on a thread of the cluster, exceptionally with an {@link
   * java.io.IOException} whose message is a sentence.
   */
  CompletableFuture<SocketChannel> connect(Destination to);

  /**
   * Copies between a connection that was accepted here and where another node is asked to bring it,
   * until one of both ends, and closes it then. Never blocks.
   *
   * @param refused told, on a thread of the cluster or on this one, when it cannot be brought
   *     there: nothing of it was read, and it is the caller's again
   */
  void relay(SocketChannel accepted, Destination to, Consumer<String> refused);

  /**
   * Leaves: hands leadership on where this node has it, which takes a second, and stops. {@link
   * Leadership#end} was called when it returns. The other nodes go on.
   */
  @Override
  void close();
}
