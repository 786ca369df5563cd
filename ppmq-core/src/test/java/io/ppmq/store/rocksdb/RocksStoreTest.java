package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.Store;
import io.ppmq.store.StoreContract;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RocksStoreTest extends StoreContract {
  @TempDir Path directory;
  private final List<String> warnings = new ArrayList<>();
  private int stores;

  @Override
  protected Store open() {
    return RocksStore.open(directory.resolve("store" + stores++), FIRST_ID, warnings::add);
  }

  @AfterEach
  void noWarningWasGiven() {
    assertThat(warnings).isEmpty();
  }

  @Test
  void whatWasCommittedIsThereAfterReopening() {
    store.topic("news").append(0, entry(1));
    store.topic("news").append(0, expiringEntry(2, 50));
    store.topic("news").keep(null, keyed("k", 3, null));
    store.topic("news").save("s", progress(4));
    store.commit();
    store.topic("news").append(0, entry(5));
    String nonce = store.nonce();
    store.reserveIds(FIRST_ID + 9);
    store.close();
    store = RocksStore.open(directory.resolve("store0"), 1, warnings::add);
    assertThat(store.nonce()).isEqualTo(nonce);
    assertThat(store.firstFreeId()).isEqualTo(FIRST_ID + 9);
    assertThat(ids(store.topic("news"), 0)).containsExactly(1L, 2L);
    assertThat(store.topic("news").progress().get("s")).isEqualTo(progress(4));
    assertThat(store.nextExpiryMillis()).isEqualTo(50);
    assertThat(store.expiring(60, 5)).hasSize(1);
  }
}
