package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/** Checks a checkpoint of another node before it replaces the content of a replica. */
final class CheckpointCheck {
  private final Path checkpoint;

  CheckpointCheck(Path checkpoint) {
    this.checkpoint = checkpoint;
  }

  /**
   * Refuses files that are not a checkpoint, and checkpoints of another cluster or older than the
   * entries applied here.
   *
   * @throws StoreException with the reason
   */
  void check(Database here, Applied applied) throws IOException {
    if (Directory.isNew(checkpoint)) {
      throw new StoreException(checkpoint + " holds no checkpoint");
    }
    String own = here.look(CheckpointCheck::nonce);
    try (Engine engine = Engine.openToRead(checkpoint)) {
      Applied at = Identity.applied(engine);
      String nonce = nonce(engine);
      if (at == null || nonce == null) {
        throw new StoreException(checkpoint + " holds no checkpoint of a cluster's store");
      }
      if (own != null && !own.equals(nonce)) {
        throw refusal("is of the store " + nonce, here, "holds a copy of the store " + own);
      }
      if (at.index() < applied.index()) {
        throw refusal(
            "ends with the entry " + at.index() + " of the log", here, "has " + applied.index());
      }
    } catch (RocksDBException e) {
      throw Engine.refused(checkpoint, e);
    }
  }

  private StoreException refusal(String is, Database here, String has) {
    return new StoreException(
        "the checkpoint "
            + checkpoint
            + " "
            + is
            + ", and DataPath "
            + here.directory()
            + " "
            + has);
  }

  private static @Nullable String nonce(Engine engine) throws RocksDBException {
    Identity identity = Identity.of(engine);
    return identity == null ? null : identity.nonce();
  }
}
