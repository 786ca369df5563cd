package io.ppmq.broker.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.AnnAndBob;
import io.ppmq.broker.HandDrivenBroker;
import io.ppmq.broker.QuietEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.settings.SyncPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The times of syncs, and the confirms after a failed sync. */
class SyncerTest extends AnnAndBob {
  @Test
  void syncThatFailsIsNeverTakenAsDone() throws Exception {
    List<String> told = new ArrayList<>();
    Syncer syncer = new Syncer(store, SyncPolicy.ALWAYS, new QuietEvents(told), Clock.system());
    store.failSyncs(1);
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    syncer.committed(List.of(answer(first)));
    syncer.start();
    assertThat(first.get(10, TimeUnit.SECONDS)).startsWith("the disk refused it");
    syncer.committed(List.of(answer(second)));
    assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo("confirmed");
    syncer.stop();

    assertThat(told).containsExactly("failing", "recovered");
  }

  /** Otherwise the promise would be twice the duration when a sync takes long. */
  @Test
  void whatCameDuringASyncHasWaitedForThatLong() throws Exception {
    HandDrivenBroker clock = broker(topic("t", 0, "ann"));
    SyncPolicy policy = SyncPolicy.every(Duration.ofMillis(500));
    Syncer syncer = new Syncer(store, policy, new QuietEvents(new ArrayList<>()), clock);
    assertThat(syncer.delayNanos()).isEqualTo(Long.MAX_VALUE);
    syncer.committed(List.of());
    clock.pass(Duration.ofMillis(100));
    syncer.committed(List.of());
    assertThat(syncer.delayNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(150));
    clock.pass(Duration.ofMillis(400));
    assertThat(syncer.delayNanos()).isZero();
    syncer.sync();
    assertThat(syncer.delayNanos()).isEqualTo(Long.MAX_VALUE);
  }

  private static Answer answer(CompletableFuture<String> outcome) {
    return new Answer() {
      @Override
      public void confirmed() {
        outcome.complete("confirmed");
      }

      @Override
      public void failed(String reason) {
        outcome.complete(reason);
      }

      @Override
      public void refused(ErrorCode code, String reason) {
        outcome.complete(code.word());
      }
    };
  }
}
