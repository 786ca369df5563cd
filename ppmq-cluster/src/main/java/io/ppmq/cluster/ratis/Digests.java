package io.ppmq.cluster.ratis;

import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.ContentDigest;
import io.ppmq.store.rocksdb.Replica;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Computes a digest of the content of this node after an entry, in the background. */
final class Digests implements AutoCloseable {
  /** The most digests to keep; no node asks for older ones. */
  private static final int REMEMBERED_MAX = 4;

  private final Replica replica;
  private final TreeMap<Long, CompletableFuture<String>> digests = new TreeMap<>();
  private final ExecutorService thread;

  Digests(Replica replica) {
    this.replica = replica;
    this.thread = Executors.newSingleThreadExecutor(Threads.named("ppmq-digest"));
  }

  /** Begins a digest. Called on the thread that applies, after the entry before this one. */
  void begin(long index) {
    CompletableFuture<String> digest = at(index);
    try {
      ContentDigest content = replica.digest();
      thread.execute(() -> compute(content, digest));
    } catch (StoreException | IllegalStateException e) {
      digest.completeExceptionally(e);
    }
  }

  private static void compute(ContentDigest content, CompletableFuture<String> digest) {
    try (content) {
      digest.complete(content.compute());
    } catch (RuntimeException e) {
      digest.completeExceptionally(e);
    }
  }

  /** The digest after this entry, which need not be applied yet. */
  synchronized CompletableFuture<String> at(long index) {
    CompletableFuture<String> digest = digests.get(index);
    if (digest == null) {
      digest = new CompletableFuture<>();
      digests.put(index, digest);
      while (digests.size() > REMEMBERED_MAX) {
        Map.Entry<Long, CompletableFuture<String>> oldest = digests.pollFirstEntry();
        oldest.getValue().cancel(false);
      }
    }
    return digest;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
