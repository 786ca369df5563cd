package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.store.rocksdb.Proposals;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/** Appends entries to the log while this node leads. Any thread, one at a time. */
final class EntryLog implements Proposals {
  private static final String NO_LEADER = "this node no longer leads the cluster";
  private static final String IN_DOUBT = NO_LEADER + ": the entry may have been kept";

  private final RaftServer.Division division;
  private final ClientId client = ClientId.randomId();
  private long calls;
  private volatile boolean refused;

  EntryLog(RaftServer.Division division) {
    this.division = division;
  }

  /**
   * Whether a proposal was not kept. The broker that made it can commit nothing any more, even if
   * this node still leads: Ratis refuses all proposals while another node is to take over, and goes
   * on if that does not happen.
   */
  boolean hasRefused() {
    return refused;
  }

  @Override
  public void propose(byte[] entry, Consumer<@Nullable String> done) {
    CompletableFuture<?> unused =
        submit(entry)
            .whenComplete(
                (reply, failure) -> {
                  String reason = failure == null ? outcome(reply) : NO_LEADER;
                  if (reason != null) {
                    refused = true;
                  }
                  done.accept(reason);
                });
  }

  private static @Nullable String outcome(RaftClientReply reply) {
    return reply.isSuccess() && QueueMachine.isApplied(reply.getMessage().getContent())
        ? null
        : NO_LEADER;
  }

  /**
   * Appends an entry, and waits until this node has applied it.
   *
   * @return the index of the entry
   * @throws ClusterException if the outcome is not known
   */
  long put(byte[] entry, long timeoutMillis) throws ClusterException {
    try {
      RaftClientReply reply = submit(entry).get(timeoutMillis, TimeUnit.MILLISECONDS);
      if (reply.isSuccess()) {
        return reply.getLogIndex();
      }
    } catch (ExecutionException e) {
      throw new ClusterException(IN_DOUBT, e);
    } catch (TimeoutException e) {
      throw new ClusterException("no majority of the nodes answered in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new ClusterException(IN_DOUBT);
  }

  /** Entries keep the order of the calls. */
  private synchronized CompletableFuture<RaftClientReply> submit(byte[] entry) {
    if (entry.length > Engine.ENTRY_BYTES_MAX - 1024) {
      return CompletableFuture.failedFuture(
          new IOException("an entry of " + entry.length + " bytes is too large"));
    }
    ByteString content = UnsafeByteOperations.unsafeWrap(entry);
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(division.getId())
            .setGroupId(division.getMemberId().getGroupId())
            .setCallId(++calls)
            .setMessage(Message.valueOf(content))
            .setType(RaftClientRequest.writeRequestType())
            .build();
    try {
      // The call on this thread, instead of one of Ratis', saves two changes of thread for each
      // commit.
      return ((RaftClientAsynchronousProtocol) division).submitClientRequestAsync(request);
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
