package io.ppmq.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchdogTest {
  private final AtomicInteger told = new AtomicInteger();
  private final Semaphore asked = new Semaphore(0);
  private final AtomicBoolean working = new AtomicBoolean(true);

  @AfterEach
  void end() {
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("ppmq-watchdog"))
        .forEach(Thread::interrupt);
  }

  private void start(Map<String, String> env) {
    Watchdog.start(env, this::isWorking, told::incrementAndGet);
  }

  private boolean isWorking() {
    asked.release();
    return working.get();
  }

  @Test
  void brokerThatWorksIsToldOfAgainAndAgain() throws Exception {
    start(Map.of("WATCHDOG_USEC", "2000"));
    asked.acquire(5);
    assertThat(told.get()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void brokerThatDoesNotWorkIsNotToldOf() throws Exception {
    working.set(false);
    start(Map.of("WATCHDOG_USEC", "2000"));
    asked.acquire(5);
    assertThat(told).hasValue(0);
  }

  @Test
  void nobodyIsAskedWhereNobodyWantsToKnow() {
    start(Map.of());
    start(Map.of("WATCHDOG_USEC", "2000", "WATCHDOG_PID", "1"));
    start(Map.of("WATCHDOG_USEC", "soon"));
    Watchdog.start(Map.of("WATCHDOG_USEC", "2000"), () -> true, told::incrementAndGet);
    while (told.get() < 3) {
      Thread.onSpinWait();
    }
    assertThat(asked.availablePermits()).isZero();
  }
}
