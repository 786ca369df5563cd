package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.Applied;
import io.ppmq.store.rocksdb.Replica;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.Context;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the whole store to a node that is behind, and receives it. A checkpoint is made on request
 * and removed after it was sent, since its links keep tables on the disk.
 */
final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final String OUTGOING = "ppmq.outgoing";
  private static final String INCOMING = "ppmq.incoming";
  private static final long WAIT_MILLIS = 1000;

  /** The time without progress after which the other node counts as unable to take more. */
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Path dataPath;
  private final Replica replica;
  private final Lock sending = new ReentrantLock();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong installed = new AtomicLong();

  Checkpoints(Path dataPath, Replica replica) {
    this.dataPath = dataPath;
    this.replica = replica;
  }

  long sent() {
    return sent.get();
  }

  long installed() {
    return installed.get();
  }

  /** Removes the files that a dead process left behind. */
  void clean() {
    removeQuietly(dataPath.resolve(OUTGOING));
    removeQuietly(dataPath.resolve(INCOMING));
  }

  // ---- giving ---------------------------------------------------------------------------------

  /**
   * Sends a checkpoint; blocks the thread of the call until the other node has it. While another
   * one is being sent, this one is refused, and the node asks again.
   */
  void send(String to, ServerCallStreamObserver<byte[]> out) {
    if (!sending.tryLock()) {
      refuse(out, "another node gets a checkpoint now");
      return;
    }
    try {
      sendAlone(to, out);
    } finally {
      sending.unlock();
    }
  }

  private static void refuse(ServerCallStreamObserver<byte[]> out, String reason) {
    out.onError(Status.FAILED_PRECONDITION.withDescription(reason).asRuntimeException());
  }

  private void sendAlone(String to, ServerCallStreamObserver<byte[]> out) {
    Path made = dataPath.resolve(OUTGOING);
    Pace pace = new Pace(out);
    try {
      remove(made);
      Applied at = replica.checkpoint(made);
      LOG.info("the node {} is behind and gets a checkpoint", to);
      pace.send(CheckpointFrame.at(at));
      for (Path file : files(made)) {
        send(file, pace);
      }
      pace.send(CheckpointFrame.end());
      out.onCompleted();
      sent.incrementAndGet();
    } catch (IOException | StoreException e) {
      refuse(out, "no checkpoint: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      removeQuietly(made);
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static void send(Path file, Pace pace) throws IOException, InterruptedException {
    pace.send(CheckpointFrame.file(String.valueOf(file.getFileName())));
    byte[] read = new byte[CheckpointFrame.BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(read); count >= 0; count = in.read(read)) {
        pace.send(CheckpointFrame.data(read, count));
      }
    }
  }

  /** Sends no faster than the other node takes it. */
  private static final class Pace {
    private final ServerCallStreamObserver<byte[]> out;

    Pace(ServerCallStreamObserver<byte[]> out) {
      this.out = out;
    }

    void send(byte[] frame) throws IOException, InterruptedException {
      long start = System.nanoTime();
      while (!out.isReady()) {
        if (out.isCancelled()) {
          throw new IOException("the other node is gone");
        }
        if (System.nanoTime() - start > STALL_NANOS) {
          throw new IOException("the other node takes nothing more");
        }
        Thread.sleep(1);
      }
      out.onNext(frame);
    }
  }

  // ---- taking ---------------------------------------------------------------------------------

  /** Fetches a checkpoint from a node, on a new thread; returns its position in the log. */
  CompletableFuture<TermIndex> fetch(String node, NodeAddress address, NodeClient client) {
    CompletableFuture<TermIndex> fetched = new CompletableFuture<>();
    Threads.start(
        "ppmq-checkpoint",
        () -> {
          try {
            Applied at = take(node, address, client);
            fetched.complete(TermIndex.valueOf(at.term(), at.index()));
          } catch (ClusterException | RuntimeException e) {
            fetched.completeExceptionally(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fetched.completeExceptionally(e);
          }
        });
    return fetched;
  }

  /** Fetches a checkpoint from a node and replaces the local store with it. Blocks. */
  private Applied take(String node, NodeAddress address, NodeClient client)
      throws ClusterException, InterruptedException {
    Path received = dataPath.resolve(INCOMING);
    try {
      remove(received);
      Files.createDirectory(received);
      Applied at = receive(node, address, client, received);
      replica.replaceBy(received);
      // If an earlier replacement was broken off, this call completed that one.
      Applied now = Objects.requireNonNullElse(replica.applied(), at);
      installed.incrementAndGet();
      LOG.info("a checkpoint of the node {} is installed, up to entry {}", node, now.index());
      return now;
    } catch (StatusRuntimeException e) {
      Thread.sleep(WAIT_MILLIS);
      throw new ClusterException(NodeClient.sentence(node, e), e);
    } catch (IOException | StoreException | IllegalArgumentException e) {
      LOG.error("a checkpoint of the node {} could not be installed: {}", node, e.getMessage());
      Thread.sleep(WAIT_MILLIS);
      throw new ClusterException(String.valueOf(e.getMessage()), e);
    } finally {
      removeQuietly(received);
    }
  }

  private static Applied receive(
      String node, NodeAddress address, NodeClient client, Path directory) throws IOException {
    // Without an end of its own, a call whose answers nobody reads any more keeps the other node.
    Context.CancellableContext call = Context.current().withCancellation();
    Context before = call.attach();
    try {
      return receiveAll(node, address, client, directory);
    } finally {
      call.detach(before);
      call.cancel(null);
    }
  }

  private static Applied receiveAll(
      String node, NodeAddress address, NodeClient client, Path directory) throws IOException {
    Iterator<byte[]> frames =
        ClientCalls.blockingServerStreamingCall(
            client.channel(node, address),
            NodeCalls.CHECKPOINT,
            CallOptions.DEFAULT,
            Form.write(out -> out.writeUTF(client.self())));
    Applied at = null;
    FileChannel file = null;
    try {
      while (frames.hasNext()) {
        byte[] frame = frames.next();
        switch (frame[0]) {
          case CheckpointFrame.AT -> at = position(frame);
          case CheckpointFrame.FILE -> {
            finish(file);
            file = create(directory.resolve(CheckpointFrame.name(frame)));
          }
          case CheckpointFrame.DATA -> write(file, frame);
          case CheckpointFrame.END -> {
            finish(file);
            file = null;
            if (at != null) {
              return at;
            }
          }
          default -> throw new IOException("the node " + node + " sent an unknown message");
        }
      }
    } finally {
      if (file != null) {
        file.close();
      }
    }
    throw new IOException("the checkpoint of the node " + node + " broke off");
  }

  private static Applied position(byte[] frame) {
    return Form.read(
        frame,
        in -> {
          in.readByte();
          return new Applied(in.readLong(), in.readLong(), 0, 0);
        });
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private static void write(@Nullable FileChannel file, byte[] frame) throws IOException {
    if (file == null) {
      throw new IOException("a checkpoint begins without a file");
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame, 1, frame.length - 1);
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  private static void finish(@Nullable FileChannel file) throws IOException {
    if (file != null) {
      file.force(true);
      file.close();
    }
  }

  // ---- files ----------------------------------------------------------------------------------

  private static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static void removeQuietly(Path directory) {
    try {
      remove(directory);
    } catch (IOException e) {
      LOG.warn("{} could not be removed, and keeps space: {}", directory, e.getMessage());
    }
  }
}
