package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.cluster.ratis.Question.Verb;
import io.ppmq.store.rocksdb.EntryForm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.IOUtils;
import org.jspecify.annotations.Nullable;

/** Changes the members of the group, on the leader. One change at a time. */
final class Membership {
  private static final long ENTER_MILLIS = 20_000;
  private static final long TRANSFER_MILLIS = 5_000;

  /** The time that a stopping program waits. */
  private static final long HAND_ON_MILLIS = 1_500;

  private final String cluster;
  private final RaftServer.Division division;
  private final NodeClient client;
  private final Neighbours neighbours;
  private final AgreedForm form;
  private final Supplier<Map<String, NodeAddress>> addresses;
  private final ClientId id = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();

  /**
   * Of the cluster of this name.
   *
   * @param addresses where the members and the configured nodes listen; asked each time
   */
  Membership(
      String cluster,
      RaftServer.Division division,
      NodeClient client,
      Neighbours neighbours,
      AgreedForm form,
      Supplier<Map<String, NodeAddress>> addresses) {
    this.cluster = cluster;
    this.division = division;
    this.client = client;
    this.neighbours = neighbours;
    this.form = form;
    this.addresses = addresses;
  }

  List<RaftPeer> peers() {
    return List.copyOf(division.getRaftConf().getCurrentPeers());
  }

  /** The member of this name; null if there is none. */
  @Nullable RaftPeer peer(String node) {
    for (RaftPeer peer : peers()) {
      if (NodeIdentity.nodeOf(peer.getId().toString()).equals(node)) {
        return peer;
      }
    }
    return null;
  }

  /** Adds the node that waits with an empty disk. */
  synchronized void add(String node, NodeAddress address) throws ClusterException {
    RaftPeer known = peer(node);
    if (known != null && !known.getAddress().equals(address.toString())) {
      throw new ClusterException(
          "the node "
              + node
              + " is a member already, at "
              + known.getAddress()
              + ": 'ppmq cluster remove' takes it out first");
    }
    checkOwn(node, address);
    NodeReport report = neighbours.report(node);
    if (report == null) {
      report = ask(node, address);
    }
    admit(node, report.disk(), address);
  }

  /**
   * Checks that no other node listens there. That one would answer in the name of this one, and be
   * counted twice; and connections to it would be expected to reach this one.
   */
  private void checkOwn(String node, NodeAddress address) throws ClusterException {
    for (Map.Entry<String, NodeAddress> other : addresses.get().entrySet()) {
      if (other.getValue().equals(address) && !other.getKey().equals(node)) {
        throw new ClusterException(
            address
                + " is the address of the node "
                + other.getKey()
                + ": the node "
                + node
                + " needs one of its own");
      }
    }
  }

  private NodeReport ask(String node, NodeAddress address) throws ClusterException {
    // This node sends no hello to a node outside of its configuration; the other's hello is enough.
    byte[] answer =
        client.askStarting(
            node, address, new Question(client.self(), Verb.ENTER, List.of()), ENTER_MILLIS);
    String disk = Form.read(answer, in -> in.readUTF());
    return new NodeReport(
        cluster,
        node,
        disk,
        "",
        0,
        address.toString(),
        Standing.WAITING,
        0,
        "",
        false,
        -1,
        -1,
        0,
        0,
        "",
        "",
        null,
        EntryForm.FIRST,
        true);
  }

  /** Adds a disk under the name of a node. */
  synchronized void admit(String node, String disk, NodeAddress address) throws ClusterException {
    RaftPeer known = peer(node);
    if (known != null) {
      if (NodeIdentity.diskOf(known.getId().toString()).equals(disk)) {
        return;
      }
      throw NodeIdentity.otherDisk(node);
    }
    checkOwn(node, address);
    client.askStarting(
        node,
        address,
        new Question(
            client.self(),
            Verb.ENTER,
            List.of(
                cluster,
                division.getMemberId().getGroupId().getUuid().toString(),
                String.valueOf(form.agreed()))),
        ENTER_MILLIS);
    List<RaftPeer> next = new ArrayList<>(peers());
    next.add(
        RaftPeer.newBuilder()
            .setId(NodeIdentity.peerId(node, disk))
            .setAddress(address.toString())
            .build());
    change(next);
  }

  /** Removes a member. */
  synchronized void remove(String node) throws ClusterException {
    RaftPeer gone = peer(node);
    if (gone == null) {
      throw new ClusterException("the cluster has no member " + node);
    }
    if (gone.getId().equals(division.getId())) {
      throw new ClusterException(
          "the node " + node + " leads: 'ppmq cluster transfer' makes another lead first");
    }
    List<RaftPeer> next = new ArrayList<>(peers());
    next.remove(gone);
    change(next);
  }

  /** Removes a member, and adds the node that waits under its name. */
  synchronized void replace(String node) throws ClusterException {
    RaftPeer gone = peer(node);
    NodeReport waiting = neighbours.report(node);
    if (gone == null) {
      throw new ClusterException("the cluster has no member " + node);
    }
    if (waiting == null) {
      throw new ClusterException("no node waits under the name " + node + ": start it first");
    }
    if (NodeIdentity.peerId(node, waiting.disk()).equals(gone.getId())) {
      throw new ClusterException(
          "the node "
              + node
              + " still has its old disk: stop it, empty its DataPath and start it first");
    }
    NodeAddress address = address(gone);
    ask(node, address); // before anything is changed
    remove(node);
    admit(node, waiting.disk(), address);
  }

  static NodeAddress address(RaftPeer peer) {
    String address = peer.getAddress();
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon);
    return new NodeAddress(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(address.substring(colon + 1)));
  }

  private void change(List<RaftPeer> next) throws ClusterException {
    SetConfigurationRequest request =
        new SetConfigurationRequest(
            id,
            division.getId(),
            division.getMemberId().getGroupId(),
            calls.incrementAndGet(),
            SetConfigurationRequest.Arguments.newBuilder().setServersInNewConf(next).build());
    try {
      RaftClientReply reply = division.getRaftServer().setConfiguration(request);
      if (reply.getNotLeaderException() != null) {
        // It may be in the log already, and be carried out under the next leader.
        throw new NotLeadingException(
            "the node "
                + NodeIdentity.nodeOf(division.getId().toString())
                + " no longer leads: 'ppmq cluster status' shows whether the members have changed");
      }
      checkDone(reply);
    } catch (IOException e) {
      throw new ClusterException("the members were not changed: " + e.getMessage(), e);
    }
  }

  private static void checkDone(RaftClientReply reply) throws IOException {
    if (!reply.isSuccess()) {
      throw IOUtils.asIOException(reply.getException());
    }
  }

  /**
   * Makes another member the leader.
   *
   * @param config the digest of the topics and subscribers that it must have; empty for any
   */
  void transfer(String node, String config) throws ClusterException {
    RaftPeer next = peer(node);
    if (next == null) {
      throw new ClusterException("the cluster has no member " + node);
    }
    NodeReport report = neighbours.report(node);
    if (report == null && !next.getId().equals(division.getId())) {
      // While a transfer is tried the leader refuses all values.
      throw new ClusterException("the node " + node + " is not heard: it cannot lead");
    }
    if (report != null && !config.isEmpty() && !report.config().equals(config)) {
      throw new ClusterException(
          "the topics or subscribers of the node "
              + node
              + " differ from the leader's: it cannot lead");
    }
    try {
      checkDone(transfer(next.getId(), TRANSFER_MILLIS));
    } catch (IOException e) { // its text has ids that users do not know
      throw new ClusterException(
          "the node "
              + node
              + " did not take over: 'ppmq cluster status' shows whether it is heard, and its lag",
          e);
    }
  }

  private RaftClientReply transfer(RaftPeerId to, long timeoutMillis) throws IOException {
    return division
        .getRaftServer()
        .transferLeadership(
            new TransferLeadershipRequest(
                id,
                division.getId(),
                division.getMemberId().getGroupId(),
                calls.incrementAndGet(),
                to,
                timeoutMillis));
  }

  /**
   * Makes the suitable member with the latest position the leader, or makes the members elect.
   *
   * @return whether another member leads now or will be elected
   */
  boolean handOn(Predicate<NodeReport> fits) {
    NodeReport best = null;
    for (NodeReport report : neighbours.up().values()) {
      RaftPeer peer = peer(report.node());
      if (peer != null
          && NodeIdentity.diskOf(peer.getId().toString()).equals(report.disk())
          && fits.test(report)
          && (best == null || report.applied() > best.applied())) {
        best = report;
      }
    }
    if (best == null) {
      return false;
    }
    try {
      return transfer(NodeIdentity.peerId(best.node(), best.disk()), HAND_ON_MILLIS).isSuccess();
    } catch (IOException e) {
      return false;
    }
  }
}
