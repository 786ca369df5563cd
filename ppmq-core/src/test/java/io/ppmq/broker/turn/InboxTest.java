package io.ppmq.broker.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SyncPolicy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InboxTest {
  private static final BrokerSettings SETTINGS =
      new BrokerSettings(List.of(), List.of(), SyncPolicy.NEVER);

  private final Inbox inbox = new Inbox();

  private Thread submitting(long bytes) {
    Submission submission = new Submission(List.of(), (int) bytes, Answer.NONE);
    Thread thread =
        new Thread(
            () -> {
              try {
                inbox.submit(submission, SETTINGS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    return thread;
  }

  private void takeOne() {
    while (inbox.take().isEmpty()) {
      Thread.onSpinWait();
    }
  }

  private static void assertWaits(Thread thread) {
    while (thread.getState() == Thread.State.RUNNABLE) {
      Thread.onSpinWait();
    }
    assertThat(thread.getState()).isEqualTo(Thread.State.WAITING);
  }

  @Test
  void whoHandsInMuchGoesOnWhenItIsCommitted() throws Exception {
    Thread large = submitting(Inbox.BYTES_MAX + 1);
    takeOne();
    assertWaits(large);
    inbox.committed(Inbox.BYTES_MAX + 1);
    large.join();
  }

  @Test
  void isFullWhileAThreadIsBlocked() throws Exception {
    assertThat(inbox.isFull()).isFalse();
    Thread large = submitting(Inbox.BYTES_MAX + 1);
    takeOne();
    assertWaits(large);
    assertThat(inbox.isFull()).isTrue();
    inbox.committed(Inbox.BYTES_MAX + 1);
    large.join();
    assertThat(inbox.isFull()).isFalse();
  }

  @Test
  void whoHandsInMuchGoesOnWhenNothingIsTakenAnyMore() throws Exception {
    Thread large = submitting(Inbox.BYTES_MAX + 1);
    takeOne();
    inbox.close();
    large.join();
  }

  @Test
  void whoHandsInNoMoreThanMayWaitGoesOnAtOnce() throws Exception {
    submitting(Inbox.BYTES_MAX).join();
    takeOne();
  }

  @Test
  void nudgeEndsARestAndTheNextOne() throws Exception {
    inbox.rest(Inbox.LONG_NANOS);
    Thread resting =
        new Thread(
            () -> {
              try {
                inbox.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    resting.start();
    inbox.nudge();
    resting.join();

    inbox.nudge(); // before any thread waits
    inbox.rest(Inbox.LONG_NANOS);
    inbox.await();
  }
}
