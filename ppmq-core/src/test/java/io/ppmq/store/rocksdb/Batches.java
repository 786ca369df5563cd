package io.ppmq.store.rocksdb;

import io.ppmq.store.Store;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** The proposals of a broker that writes to its own store. */
final class Batches implements AutoCloseable {
  private final RocksStore store;

  Batches(Path directory) {
    this.store = RocksStore.open(directory, 1, warning -> {});
  }

  /** The bytes that a commit of these changes writes. */
  byte[] of(Consumer<Store> changes) {
    changes.accept(store);
    AtomicReference<byte[]> bytes = new AtomicReference<>();
    store.change((engine, collected) -> bytes.set(collected.toBytes()));
    store.commit();
    return bytes.get();
  }

  /** Commit n of {@link WrittenStore}. */
  byte[] commit(long n) {
    return of(s -> WrittenStore.write(s, n));
  }

  /** Its form within a log, with bytes before and after it. */
  static ByteBuffer entry(byte[] bytes) {
    ByteBuffer log = ByteBuffer.allocate(bytes.length + 20);
    log.position(7);
    log.put(bytes).position(7).limit(7 + bytes.length);
    return log.asReadOnlyBuffer();
  }

  @Override
  public void close() {
    store.close();
  }
}
