package io.ppmq.store.rocksdb;

import io.ppmq.store.SharedCommits;
import org.jspecify.annotations.Nullable;
import org.rocksdb.WriteBatch;

/** Commits of a single machine: written to the database at once. */
final class LocalCommits implements Commits {
  private final Database database;

  LocalCommits(Database database) {
    this.database = database;
  }

  @Override
  public <T> T use(Database.Use<T> use) {
    return database.use(use);
  }

  @Override
  public <T> @Nullable T look(Database.Look<T> look) {
    return database.look(look);
  }

  @Override
  public void commit(RocksStore store) {
    database.commit(store.collected().batch());
    store.committed();
  }

  @Override
  public void reserveIds(long upTo) {
    try (WriteBatch ids = new WriteBatch()) {
      use(
          engine -> {
            ids.put(engine.state(), Keys.IDS_KEY, Keys.u64(upTo));
            return true;
          });
      database.synced(database.writeSynced(ids));
    }
  }

  @Override
  public @Nullable SharedCommits shared(RocksStore store) {
    return null;
  }

  @Override
  public void close(Runnable before) {
    database.close(before);
  }
}
