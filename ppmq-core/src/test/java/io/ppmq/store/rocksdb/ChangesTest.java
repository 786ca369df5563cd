package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

final class ChangesTest {
  private static final byte[] KEY = {1};
  private static final byte[] OTHER = {2};

  @TempDir Path directory;
  private final Changes changes = new Changes();
  private Engine engine;

  @BeforeEach
  void open() throws RocksDBException {
    engine = Engine.open(directory, true, new FreeSpace(directory, 0), false);
  }

  @AfterEach
  void close() {
    changes.close();
    engine.close();
  }

  @Test
  void bytesAreThoseThatRocksDbMakesOfTheSameChanges() throws RocksDBException {
    byte[] value = new byte[300];
    changes.put(engine.keyed(), KEY, value);
    changes.delete(engine.log(), KEY);
    changes.deleteRange(engine.expiry(), KEY, OTHER);
    try (WriteBatch same = new WriteBatch()) {
      same.put(engine.keyed(), KEY, value);
      same.delete(engine.log(), KEY);
      same.deleteRange(engine.expiry(), KEY, OTHER);
      assertThat(changes.batch().data()).isEqualTo(same.data());
      assertThat(changes.bytes()).isEqualTo(same.getDataSize());
    }
    assertThat(BatchForm.isBatch(changes.batch().data())).isTrue();
  }

  @Test
  void moreThanIsKeptOnTheHeapIsOneCommitAllTheSame() throws RocksDBException {
    byte[] value = new byte[Changes.BYTES_MAX / 2];
    for (byte i = 0; i < 5; i++) {
      changes.put(engine.log(), new byte[] {i}, value);
    }
    changes.delete(engine.log(), KEY);
    changes.deleteRange(engine.log(), OTHER, new byte[] {3});
    assertThat(changes.batch().count()).isEqualTo(7);
    engine.db().write(engine.unsynced(), changes.batch());
    assertThat(engine.find(engine.log(), new byte[] {0})).isEqualTo(value);
    assertThat(engine.find(engine.log(), KEY)).isNull();
    assertThat(engine.find(engine.log(), OTHER)).isNull();
    assertThat(engine.find(engine.log(), new byte[] {4})).isEqualTo(value);
  }

  @Test
  void whatIsAddedToACommitThatFailedIsPartOfIt() throws RocksDBException {
    changes.put(engine.state(), KEY, KEY);
    assertThat(changes.batch().count()).isEqualTo(1);
    changes.put(engine.state(), OTHER, OTHER);
    engine.db().write(engine.unsynced(), changes.batch());
    assertThat(engine.find(engine.state(), KEY)).isEqualTo(KEY);
    assertThat(engine.find(engine.state(), OTHER)).isEqualTo(OTHER);

    changes.clear();
    assertThat(changes.isEmpty()).isTrue();
    changes.delete(engine.state(), KEY);
    assertThat(changes.isEmpty()).isFalse();
    engine.db().write(engine.unsynced(), changes.batch());
    assertThat(engine.find(engine.state(), KEY)).isNull();
    assertThat(engine.find(engine.state(), OTHER)).isEqualTo(OTHER);
  }
}
