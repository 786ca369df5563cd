package io.ppmq.cluster.ratis;

import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.Applied;
import io.ppmq.store.rocksdb.Replica;
import io.ppmq.store.rocksdb.UnappliableEntryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * Applies the log to the replica. A thread of Ratis brings one entry after another, and must get a
 * true answer: an entry that the disk refuses is tried again until the disk takes it, and an entry
 * that cannot be applied ends this node.
 */
final class QueueMachine extends BaseStateMachine {
  /** The listener for the rest of the node. Called on threads of Ratis, which must not wait. */
  interface Listener {
    void leads(long term);

    void leadsNoMore();

    void leader(@Nullable String node);

    void failed(String sentence, boolean diverged);

    void refusedByDisk(@Nullable String sentence);

    /** Fetches a checkpoint from the leader; returns its position in the log. */
    CompletableFuture<TermIndex> fetchCheckpoint(String leader);

    /** An entry asks for a digest of the content after it. */
    void digest(long index);
  }

  /**
   * The first byte of an entry that asks all nodes for a digest; entries of the store begin with 1.
   */
  static final byte DIGEST_ENTRY = (byte) 0xD1;

  private static final long RETRY_MILLIS = 200;
  private static final ByteString APPLIED = ByteString.copyFrom(new byte[] {1});
  private static final ByteString IGNORED = ByteString.copyFrom(new byte[] {0});

  private final Replica replica;
  private final Listener listener;

  /** The position of the store; at a start it may not be synced yet. */
  private volatile @Nullable TermIndex kept;

  /** The index up to which this process has synced the store. */
  private volatile long keptIndex = -1;

  private volatile boolean closing;
  private final AtomicLong fenced = new AtomicLong();
  private final LogBuffer logBuffer;

  QueueMachine(Replica replica, LogBuffer logBuffer, Listener listener) {
    this.replica = replica;
    this.logBuffer = logBuffer;
    this.listener = listener;
    resume();
  }

  /** The number of entries from a leader that no longer led. */
  long fenced() {
    return fenced.get();
  }

  /** The last entry that this node no longer needs; -1 for none. */
  long keptIndex() {
    return keptIndex;
  }

  /** Stops waiting for the disk. */
  void stop() {
    closing = true;
  }

  static boolean isApplied(ByteString answer) {
    return answer.equals(APPLIED);
  }

  // ---- entries --------------------------------------------------------------------------------

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    if (entry == null) {
      throw new IllegalStateException("a transaction without an entry");
    }
    ByteString data = entry.getStateMachineLogEntry().getLogData();
    long term = entry.getTerm();
    long index = entry.getIndex();
    ByteString answer = APPLIED;
    if (!data.isEmpty() && data.byteAt(0) == DIGEST_ENTRY) {
      replica.pass(term, index);
      listener.digest(index);
    } else if (apply(term, index, data.asReadOnlyByteBuffer()) == Replica.Outcome.FENCED) {
      fenced.incrementAndGet();
      answer = IGNORED;
    }
    advance(term, index);
    return CompletableFuture.completedFuture(Message.valueOf(answer));
  }

  private Replica.Outcome apply(long term, long index, ByteBuffer data) {
    boolean refused = false;
    while (true) {
      try {
        Replica.Outcome outcome = replica.apply(term, index, data);
        if (refused) {
          listener.refusedByDisk(null);
        }
        return outcome;
      } catch (UnappliableEntryException e) {
        listener.failed(String.valueOf(e.getMessage()), true);
        throw e;
      } catch (StoreException e) {
        refused = true;
        listener.refusedByDisk(e.sentence());
        rest();
      }
    }
  }

  /** Called on the thread that writes the log, before a sync. */
  @Override
  public CompletableFuture<Void> flush(long index) {
    logBuffer.letGo();
    return CompletableFuture.completedFuture(null);
  }

  private void rest() {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while the disk refused", e);
    }
    if (closing) {
      throw new IllegalStateException("stopped while the disk refused");
    }
  }

  /** An entry of Ratis itself. */
  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    replica.pass(term, index);
    advance(term, index);
  }

  private void advance(long term, long index) {
    TermIndex next = TermIndex.valueOf(term, index);
    TermIndex last = getLastAppliedTermIndex();
    if (last == null || next.compareTo(last) > 0) {
      updateLastAppliedTermIndex(next);
    }
  }

  // ---- what is kept ---------------------------------------------------------------------------

  /**
   * Syncs the applied entries to the disk, so that the log need not keep them. Any thread; blocks.
   */
  void keep() {
    Applied upTo = replica.sync();
    if (upTo != null) {
      keptUpTo(upTo);
      keptIndex = upTo.index();
    }
  }

  /** Never moves back: a checkpoint may have arrived meanwhile. */
  private synchronized void keptUpTo(Applied upTo) {
    TermIndex at = kept;
    if (at == null || at.getIndex() < upTo.index()) {
      kept = TermIndex.valueOf(upTo.term(), upTo.index());
    }
  }

  /** Ratis is set not to call this; see {@link LogBound}. */
  @Override
  public long takeSnapshot() {
    return RaftLog.INVALID_LOG_INDEX;
  }

  /** Called often, and cheap: it names no files, since a node that is behind asks for them. */
  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    TermIndex at = kept;
    return at == null ? null : new Kept(at);
  }

  private record Kept(TermIndex at) implements SnapshotInfo {
    @Override
    public TermIndex getTermIndex() {
      return at;
    }

    @Override
    public List<FileInfo> getFiles() {
      return List.of();
    }
  }

  // ---- its life -------------------------------------------------------------------------------

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    super.initialize(server, group, storage);
    getLifeCycle().startAndTransition(this::resume);
  }

  private void resume() {
    Applied applied = replica.applied();
    if (applied != null) {
      keptUpTo(applied);
      setLastAppliedTermIndex(TermIndex.valueOf(applied.term(), applied.index()));
    }
  }

  @Override
  public void pause() {
    if (getLifeCycleState() == LifeCycle.State.RUNNING) {
      getLifeCycle().transition(LifeCycle.State.PAUSING);
      getLifeCycle().transition(LifeCycle.State.PAUSED);
    }
  }

  /** A checkpoint has replaced the content. */
  @Override
  public void reinitialize() {
    resume();
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  @Override
  public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
      RoleInfoProto role, TermIndex firstInLog) {
    String leader = role.getFollowerInfo().getLeaderInfo().getId().getId().toStringUtf8();
    return listener.fetchCheckpoint(NodeIdentity.nodeOf(leader));
  }

  // ---- roles ----------------------------------------------------------------------------------

  @Override
  public void notifyLeaderReady() {
    try {
      listener.leads(getServer().join().getDivision(getGroupId()).getInfo().getCurrentTerm());
    } catch (IOException gone) {
      throw new UncheckedIOException(gone); // the caller is this group's own thread
    }
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    listener.leadsNoMore();
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    listener.leader(leader == null ? null : NodeIdentity.nodeOf(leader.toString()));
  }

  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
    listener.failed("the log cannot be written: " + cause.getMessage(), false);
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto role, boolean all) {
    if (!closing) {
      listener.failed("the cluster has this node out, or its log has failed", false);
    }
  }
}
