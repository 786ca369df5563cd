package io.ppmq.sim;

import io.ppmq.store.Store;
import io.ppmq.store.rocksdb.Applied;
import io.ppmq.store.rocksdb.ContentDigest;
import io.ppmq.store.rocksdb.Proposals;
import io.ppmq.store.rocksdb.Replica;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A real replica in a directory. It is closed and reopened; it cannot lose its power here. */
final class RocksReplica implements SimReplica {
  private final Path directory;
  private Replica replica;
  private int checkpoints;

  RocksReplica(Path directory) {
    this.directory = directory;
    this.replica = open(directory);
  }

  private static Replica open(Path directory) {
    return Replica.open(
        directory,
        0,
        warning -> {
          throw new IllegalStateException(warning);
        });
  }

  @Override
  public byte[] founding() {
    return replica.founding(0, 1);
  }

  @Override
  public void found(byte[] founding) {
    apply(0, 0, founding);
  }

  @Override
  public Replica.Outcome apply(long term, long index, byte[] entry) {
    return replica.apply(term, index, ByteBuffer.wrap(entry));
  }

  @Override
  public void pass(long term, long index) {
    replica.pass(term, index);
  }

  @Override
  public int taken() {
    Applied applied = replica.applied();
    return applied == null ? 0 : (int) applied.index() + 1;
  }

  @Override
  public Store lead(long term, Proposals proposals) {
    return replica.lead(term, proposals);
  }

  @Override
  public void written(Store led, Consumer<Store> change) {}

  @Override
  public void died(boolean powerLost) {
    replica.close();
    replica = open(directory);
  }

  @Override
  public void install(SimReplica other) {
    Path checkpoint = directory.resolveSibling(directory.getFileName() + ".from" + checkpoints++);
    ((RocksReplica) other).replica.checkpoint(checkpoint);
    replica.replaceBy(checkpoint);
  }

  @Override
  public String content() {
    try (ContentDigest digest = replica.digest()) {
      return digest.compute();
    }
  }

  @Override
  public void close() {
    replica.close();
  }
}
