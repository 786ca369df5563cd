package io.ppmq.cluster;

import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * This node of the cluster, while it runs. Any thread may call it. A change of the cluster blocks
 * until it is done, for seconds if a node first needs the whole store. Any node accepts it and
 * passes it on to the leader.
 */
public interface Member extends AutoCloseable {
  /** The state of the cluster. Does not block; cheap enough for a call every second. */
  ClusterStatus status();

  /** The name of the leader, this node or another; null while none is known. Costs nothing. */
  @Nullable String leader();

  /**
   * Reports a digest of this node's topics and subscribers, at the start and after each reload. A
   * node whose digest is not the leader's does not lead.
   */
  void configured(String digest);

  /** Sets the free disk below which this node reports that it has no room. */
  void leaveFree(long minFreeBytes);

  // ---- what changes the cluster ---------------------------------------------------------------

  /**
   * Founds the cluster, with this node as its only member so far and with the data of its store,
   * which may be that of a single server. The cluster serves when a majority of the configured
   * nodes has joined.
   *
   * @throws ClusterException when this node or another configured node is already a member
   */
  void found() throws ClusterException;

  /**
   * Joins the cluster that one of the configured nodes is a member of: waits until the leader has
   * given this node everything.
   *
   * @throws ClusterException when the data path is not empty, no leader answers in time, or the
   *     cluster has a member of this name, which must then be replaced
   */
  void join() throws ClusterException;

  /** Makes a node that waits with an empty disk a member. */
  void add(String node, NodeAddress address) throws ClusterException;

  /** Removes a member; it is not needed for a majority any more. It may be down. */
  void remove(String node) throws ClusterException;

  /** Removes a member whose disk is lost, and admits the node that waits under its name. */
  void replace(String node) throws ClusterException;

  /** Makes another member the leader, once it has everything. */
  void transfer(String node) throws ClusterException;

  /**
   * Compares the data of the members after the same entry.
   *
   * @throws ClusterException when there is no leader, or it does not answer in time
   */
  Verification verify() throws ClusterException;

  // ---- relayed connections --------------------------------------------------------------------

  /**
   * Connects to a destination through another node. The returned channel is connected and blocking.
   * Its bytes are copied to and from that node, including the end of the bytes and a reset. Never
   * blocks, and completes on a thread of the cluster, exceptionally with an {@link
   * java.io.IOException} whose message is a sentence.
   */
  CompletableFuture<SocketChannel> connect(Destination to);

  /**
   * Copies between a connection that was accepted here and a destination through another node until
   * one of them ends, and then closes the connection. Never blocks.
   *
   * @param refused called with the reason, on a thread of the cluster or on this one, if the
   *     destination is not reachable: nothing of the connection was read, and the caller owns it
   *     again
   */
  void relay(SocketChannel accepted, Destination to, Consumer<String> refused);

  /**
   * Leaves the cluster: hands leadership over if this node has it, which takes a second, and stops.
   * {@link Leadership#end} was called when it returns. The other nodes go on.
   */
  @Override
  void close();
}
