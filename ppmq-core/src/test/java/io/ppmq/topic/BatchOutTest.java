package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import org.junit.jupiter.api.Test;

/** A batch in flight with a worker. */
class BatchOutTest {
  private final BatchOut batch = new BatchOut();

  private Outstanding out(long id) {
    Outstanding message = new Outstanding(0, id, id, Bytes.utf8("k" + id), false);
    message.state = Outstanding.State.CHOSEN;
    batch.add(message);
    return message;
  }

  @Test
  void batchIsBeingPushedUntilItIsPushedAndAwaitsAcknowledgementUntilNothingIsOut() {
    out(1);
    assertThat(batch.isBeingPushed()).isTrue();
    assertThat(batch.awaitsAcknowledgement()).isFalse();

    batch.pushed(7);
    assertThat(batch.isBeingPushed()).isFalse();
    assertThat(batch.awaitsAcknowledgement()).isTrue();

    batch.leave();
    assertThat(batch.awaitsAcknowledgement()).isFalse();
    assertThat(batch.messages()).as("what has ended is still known").hasSize(1);
  }

  @Test
  void emptyBatchIsNeitherBeingPushedNorAwaited() {
    batch.pushed(7);

    assertThat(batch.isBeingPushed()).isFalse();
    assertThat(batch.awaitsAcknowledgement()).isFalse();
  }

  @Test
  void timeForAcknowledgingBeginsAgainForWhatIsExtendedAlone() {
    Outstanding extended = out(1);
    Outstanding other = out(2);
    batch.pushed(10);
    batch.extend(extended, 25);

    assertThat(batch.sinceNanos(extended)).isEqualTo(25);
    assertThat(batch.sinceNanos(other)).isEqualTo(10);
  }

  @Test
  void messageThatIsOutInALaterBatchIsNotInThisOne() {
    Outstanding message = out(1);
    assertThat(batch.isIn(message)).isTrue();

    message.state = Outstanding.State.WAITING;
    assertThat(batch.isIn(message)).isFalse();

    new BatchOut().add(message);
    message.state = Outstanding.State.SENT;
    assertThat(batch.isIn(message)).isFalse();
  }
}
