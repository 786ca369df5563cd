package io.ppmq.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class LongStartTest {
  private final Semaphore looked = new Semaphore(0);
  private final Semaphore asked = new Semaphore(0);

  private LongStart start(boolean getsOn) {
    return LongStart.watch(
        1,
        () -> {
          looked.release();
          return getsOn;
        },
        asked::release);
  }

  @Test
  void startThatGetsOnIsGivenMoreTimeAgainAndAgain() throws Exception {
    try (LongStart start = start(true)) {
      assertThat(start).isNotNull();
      asked.acquire(3);
    }
  }

  @Test
  void startThatGetsNowhereIsNot() throws Exception {
    try (LongStart start = start(false)) {
      assertThat(start).isNotNull();
      looked.acquire(5);
    }
    assertThat(asked.availablePermits()).isZero();
  }

  @Test
  void nobodyIsAskedAfterTheStart() throws Exception {
    LongStart start = start(true);
    start.close();
    looked.drainPermits();
    assertThat(looked.tryAcquire(2, 50, TimeUnit.MILLISECONDS)).as("one look at most").isFalse();
  }

  @Test
  void requestThatHangsDoesNotHoldUpTheEndOfTheStart() throws Exception {
    Semaphore never = new Semaphore(0);
    Runnable hanging =
        () -> {
          asked.release();
          never.acquireUninterruptibly();
        };
    LongStart start = LongStart.watch(1, () -> true, hanging);
    asked.acquire();
    start.close();
    never.release();
  }

  @Test
  void workIsEffort() {
    Effort effort = new Effort();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long end = threads.getCurrentThreadCpuTime() + TimeUnit.MILLISECONDS.toNanos(500);
    while (threads.getCurrentThreadCpuTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(effort.goesOn()).isTrue();
  }
}
