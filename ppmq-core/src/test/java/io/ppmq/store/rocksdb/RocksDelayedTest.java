package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.DelayedContract;
import io.ppmq.store.DelayedMessage;
import io.ppmq.store.Delays;
import io.ppmq.store.Store;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RocksDelayedTest extends DelayedContract {
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  @TempDir Path directory;

  @Override
  protected Store open() {
    return RocksStore.open(directory.resolve("store"), 1, warning -> {});
  }

  @Test
  void countsAndNextMomentAreThereAfterReopening() {
    add(100, 1);
    add(200, 2);
    add(300, 3);
    store.commit();
    removeDue(100);
    store.commit();
    reopen();
    assertThat(delayed.delays()).isEqualTo(new Delays(2, 6, 200));
    assertThat(due(1000)).containsExactly(2L, 3L);
    removeDue(1000);
    store.commit();
    reopen();
    assertThat(delayed.delays()).isEqualTo(Delays.NONE);
    add(50, 4);
    store.commit();
    reopen();
    assertThat(due(50)).containsExactly(4L);
  }

  @Test
  void whatWasNotCommittedIsNotThereAfterReopening() {
    add(100, 1);
    store.commit();
    add(50, 2);
    removeDue(100);
    reopen();
    assertThat(due(1000)).containsExactly(1L);
    assertThat(delayed.delays()).isEqualTo(new Delays(1, 3, 100));
  }

  @Test
  void whatHasComeGivesTheDiskBack() {
    byte[] random = new byte[10_000];
    new Random(1).nextBytes(random);
    Bytes payload = Bytes.utf8("\"" + HexFormat.of().formatHex(random) + "\"");
    for (int i = 1; i <= 1600; i++) {
      delayed.add(new DelayedMessage(i, i, 0, 1, null, payload));
      store.commit();
    }
    assertThat(store.diskBytes()).isGreaterThan(20_000_000);
    for (int now = 20; now <= 1600; now += 20) {
      removeDue(now);
      store.commit();
    }
    assertThat(delayed.delays().messages()).isZero();
    long start = System.nanoTime();
    while (store.diskBytes() >= 7_000_000) {
      store.reclaim();
      assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(PATIENCE_NANOS);
    }
  }

  private void reopen() {
    store.close();
    store = open();
    delayed = store.topic("later").delayed();
  }
}
