package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.store.rocksdb.Applied;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachine;
import org.jspecify.annotations.Nullable;

/**
 * The Ratis server of a node. It listens from the start. It takes part in the group after its disk
 * became a member, and after a restart when other members have recognised the disk.
 */
final class RaftNode implements AutoCloseable {
  private static final long CLOSE_MILLIS = 2_000;
  private static final long STEP_DOWN_MILLIS = 1_000;

  private final ClusterSettings settings;
  private final RaftServer server;
  private final ClientId client = ClientId.randomId();
  private volatile NodeIdentity identity;
  private final @Nullable LogOnDisk onDisk;
  private volatile RaftServer.@Nullable Division division;
  private volatile boolean closed;

  private RaftNode(
      ClusterSettings settings,
      NodeIdentity identity,
      @Nullable LogOnDisk onDisk,
      RaftServer server) {
    this.settings = settings;
    this.onDisk = onDisk;
    this.identity = identity;
    this.server = server;
  }

  /**
   * Makes the server, without starting it.
   *
   * @param machine applies the log
   * @param applied the position of the store in the log; null without a store
   */
  static RaftNode make(
      ClusterSettings settings,
      NodeTls tls,
      NodeServer services,
      StateMachine machine,
      @Nullable Applied applied)
      throws ClusterException {
    NodeIdentity identity = NodeIdentity.of(settings.dataPath(), settings.node());
    checkFree(settings.listen());
    RaftGroupId group = identity.groupId();
    Path directory = Engine.directory(settings.dataPath());
    if (group != null && !Files.isDirectory(directory.resolve(group.getUuid().toString()))) {
      throw new ClusterException(
          "the node "
              + settings.node()
              + " was admitted to the cluster, but its log is missing in "
              + directory
              + ": empty DataPath, and admit it again with 'ppmq cluster replace'");
    }
    LogOnDisk onDisk = null;
    if (group != null) {
      Path log = directory.resolve(group.getUuid().toString());
      VoteFile.mend(log, applied == null ? 0 : applied.term());
      onDisk = LogOnDisk.read(log, applied);
    }
    Parameters parameters = new Parameters();
    GrpcConfigKeys.TLS.setConf(parameters, tls.config());
    GrpcConfigKeys.Server.setServicesCustomizer(parameters, services);
    try {
      Files.createDirectories(directory);
      RaftProperties properties = Engine.properties(settings);
      // Otherwise the server would take part at once; see resume().
      RaftServerConfigKeys.setStorageDir(properties, List.of(directory.resolve("none").toFile()));
      RaftServer.Builder builder =
          RaftServer.newBuilder()
              .setServerId(identity.peerId())
              .setStateMachineRegistry(id -> machine)
              .setOption(RaftStorage.StartupOption.RECOVER)
              .setProperties(properties)
              .setParameters(parameters);
      RaftServer server = builder.build();
      RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));
      return new RaftNode(settings, identity, onDisk, server);
    } catch (IOException e) {
      throw new ClusterException("the cluster's log cannot be opened: " + e.getMessage(), e);
    }
  }

  /** Fails if the port is in use, since Ratis would end the process. */
  @SuppressWarnings("AddressSelection") // as Ratis does
  private static void checkFree(NodeAddress listen) throws ClusterException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(listen.host(), listen.port()));
    } catch (IOException e) {
      throw new ClusterException("cannot listen on " + listen + ": " + e.getMessage(), e);
    }
  }

  private void findDivision() throws ClusterException {
    RaftGroupId group = identity.groupId();
    if (group != null) {
      try {
        division = server.getDivision(group);
      } catch (IOException e) {
        throw new ClusterException("the cluster's log is damaged: " + e.getMessage(), e);
      }
    }
  }

  void start() throws ClusterException {
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      throw new ClusterException("the node cannot start: " + e.getMessage(), e);
    }
  }

  NodeIdentity identity() {
    return identity;
  }

  RaftServer server() {
    return server;
  }

  /** This node's part of the group; null while it is not a member. */
  RaftServer.@Nullable Division division() {
    return division;
  }

  /**
   * This node's part of the group.
   *
   * @throws ClusterException while it is not a member
   */
  RaftServer.Division entered() throws ClusterException {
    RaftServer.Division part = division;
    if (part == null) {
      throw new ClusterException("the node " + identity.node() + " is in no cluster");
    }
    return part;
  }

  /** The leader of the group, as far as this node knows; null if there is none. */
  @Nullable String leader() {
    RaftServer.Division part = division;
    RaftPeerId leads = part == null ? null : part.getInfo().getLeaderId();
    return leads == null ? null : NodeIdentity.nodeOf(leads.toString());
  }

  /** A log for proposals, if this node leads. */
  EntryLog entryLog() throws ClusterException {
    return new EntryLog(entered());
  }

  /** The members of the group, as far as this node knows; empty while it is not a member. */
  List<RaftPeer> peers() {
    RaftServer.Division part = division;
    return part == null ? List.of() : List.copyOf(part.getRaftConf().getCurrentPeers());
  }

  /** The peer ids of the members, as far as this node knows; empty while it is not a member. */
  List<String> members() {
    if (division == null) {
      return onDisk == null ? List.of() : onDisk.members();
    }
    return peers().stream().map(peer -> peer.getId().toString()).toList();
  }

  /** Founds a group with this node alone. */
  synchronized void found() throws ClusterException {
    checkInNone();
    enter(UUID.randomUUID(), List.of(self()), true);
  }

  /** Enters a group, whose messages follow. */
  synchronized void enter(UUID group) throws ClusterException {
    if (division != null && group.equals(identity.group())) {
      return; // a repeated request
    }
    checkInNone();
    enter(group, List.of(), true);
  }

  private void checkInNone() throws ClusterException {
    if (onDisk != null || division != null) {
      throw new ClusterException("the node " + identity.node() + " is in a cluster already");
    }
  }

  /** Whether it was a member before its start, and does not take part yet. */
  boolean isReturning() {
    return onDisk != null && division == null;
  }

  /** The number of other members that have to recognise this node before it takes part again. */
  int recognisedMin() {
    return onDisk == null ? 0 : onDisk.members().size() / 2;
  }

  /** Takes part again after other members have recognised its disk. */
  synchronized void resume() throws ClusterException {
    UUID group = identity.group();
    if (group == null || !isReturning() || closed) {
      return;
    }
    try {
      enter(group, List.of(), false);
    } catch (ClusterException | RejectedExecutionException e) {
      if (!closed) {
        throw e;
      }
    }
  }

  /** The position of the disk in the log, up to which everything is saved. */
  Reached kept() {
    RaftServer.Division part = division;
    if (part == null) {
      return onDisk == null ? Reached.NOTHING : onDisk.reached();
    }
    // Committed entries may be only on the disks of other members.
    long index = part.getRaftLog().getFlushIndex();
    try {
      long term = part.getRaftStorage().getMetadataFile().getMetadata().getTerm();
      return new Reached(term, index);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it was read before
    }
  }

  private void enter(UUID group, List<RaftPeer> peers, boolean empty) throws ClusterException {
    if (empty) {
      identity = identity.in(settings.dataPath(), group);
    }
    try {
      RaftClientReply reply =
          server.groupManagement(
              GroupManagementRequest.newAdd(
                  client,
                  server.getId(),
                  1,
                  RaftGroup.valueOf(RaftGroupId.valueOf(group), peers),
                  empty));
      if (!reply.isSuccess()) {
        throw new ClusterException("the log was not begun: " + reply.getException());
      }
    } catch (IOException e) {
      throw new ClusterException("the log was not begun: " + e.getMessage(), e);
    }
    findDivision();
  }

  private RaftPeer self() {
    return RaftPeer.newBuilder()
        .setId(identity.peerId())
        .setAddress(Objects.requireNonNull(settings.nodes().get(settings.node())).toString())
        .build();
  }

  /** Ends the leading of this node, without a choice of the next leader. */
  void stepDown() {
    RaftServer.Division part = division;
    if (part != null) {
      RaftGroupId group = part.getMemberId().getGroupId();
      try {
        CompletableFuture<RaftClientReply> unused =
            server.transferLeadershipAsync(
                new TransferLeadershipRequest(
                    client, server.getId(), group, 1, null, STEP_DOWN_MILLIS));
      } catch (IOException notLeading) {
        // it does not lead, as intended
      }
    }
  }

  /**
   * Makes Ratis renew its connections to a node that was down. Otherwise it would try only after a
   * pause that grows while the node is down, up to two minutes, and get no vote of the node until
   * then.
   */
  void reconnect(RaftPeerId peer) {
    server.getServerRpc().handleException(peer, new IOException("it is another process"), true);
  }

  /** Waits a while for Ratis, which waits for seconds for connections that are no longer needed. */
  @Override
  public void close() {
    closed = true;
    Thread closing = Threads.start("ppmq-close", this::closeServer);
    try {
      closing.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeServer() {
    try {
      server.close();
    } catch (IOException e) {
      // The server ends anyway.
    }
  }
}
