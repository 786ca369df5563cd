package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private final AtomicInteger halts = new AtomicInteger();

  @Test
  void practiceEndsAndLeavesNothingBehind() throws InterruptedException {
    WarmUp warmUp = WarmUp.begin(status -> halts.incrementAndGet());
    for (int i = 0; i < 100 && practises(); i++) {
      Thread.sleep(100);
    }
    assertThat(practises()).isFalse();
    assertThat(halts).hasValue(0);
    warmUp.end();
  }

  @Test
  void startThatIsDoneDoesNotWaitForLong() throws InterruptedException {
    WarmUp warmUp = WarmUp.begin(status -> halts.incrementAndGet());
    long before = System.nanoTime();
    warmUp.end();
    assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
    assertThat(halts).hasValue(0);
  }

  private static boolean practises() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("ppmq-warm-up"));
  }
}
