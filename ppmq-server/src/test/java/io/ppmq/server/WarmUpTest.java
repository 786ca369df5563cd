package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.it.Pace;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private final AtomicInteger halts = new AtomicInteger();

  @Test
  void practiceEndsAndLeavesNothingBehind() throws InterruptedException {
    WarmUp warmUp = WarmUp.begin(status -> halts.incrementAndGet());
    for (Thread thread : practising()) {
      thread.join(60_000);
    }
    assertThat(practising()).isEmpty();
    assertThat(halts).hasValue(0);
    warmUp.end();
  }

  @Test
  void startThatIsDoneDoesNotWaitForLong() throws InterruptedException {
    WarmUp warmUp = WarmUp.begin(status -> halts.incrementAndGet());
    try (Pace pace = Pace.watch()) {
      long before = System.nanoTime();
      warmUp.end();
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
      assertThat(millis).isLessThan(pace.bound(5000));
    }
    assertThat(halts).hasValue(0);
  }

  private static List<Thread> practising() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("ppmq-warm-up"))
        .toList();
  }
}
