package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.store.ForwardingStore;
import io.ppmq.store.StoreException;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread that makes the store free disk space. */
@Timeout(60)
class ReclaimingTest {
  @Test
  void failureIsToldOnceAndSoIsItsEnd() throws Exception {
    CountDownLatch passes = new CountDownLatch(4);
    ForwardingStore store =
        new ForwardingStore(new MemoryStore(1)) {
          @Override
          public void reclaim() {
            passes.countDown();
            long left = passes.getCount();
            if (left == 2 || left == 1) {
              throw new StoreException("the disk does not answer");
            }
          }
        };
    List<String> told = new CopyOnWriteArrayList<>();
    Reclaiming reclaiming = new Reclaiming(store, new QuietEvents(told));
    reclaiming.start();
    assertThat(passes.await(30, TimeUnit.SECONDS)).isTrue();
    reclaiming.end();
    reclaiming.join();

    assertThat(told).containsExactly("failing", "recovered");
  }
}
