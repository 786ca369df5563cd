package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The deadlines of acknowledgements. */
class DeadlinesTest {
  private static final long MILLI_NANOS = 1_000_000L;

  private final Store store = new MemoryStore(1, "nonce000");
  private final Deadlines deadlines =
      new Deadlines(
          new TopicContents(
              new TopicSettings("orders", List.of("ann"), 100, false, 1, true)
                  .with(new TopicLimits(0, 0, WhenFull.BLOCK, 0, null, 1000, false)),
              store.topic("orders"),
              store.nonce(),
              new CommitBarrier()));
  private final BatchOut batch = new BatchOut();

  @Test
  void theFirstOfABatchIsWhatWasSentLeastOften() {
    sent(1, 3);
    sent(2, 1);
    batch.pushed(7);

    assertThat(deadlines.firstNanos(batch)).isEqualTo(7 + 100 * MILLI_NANOS);
  }

  @Test
  void onlyWhatWasSentLeastOftenOfWhatIsDueIsTaken() {
    Outstanding often = sent(1, 2);
    Outstanding once = sent(2, 1);
    batch.pushed(0);

    assertThat(deadlines.due(batch, 99 * MILLI_NANOS)).isEmpty();
    assertThat(deadlines.due(batch, 500 * MILLI_NANOS)).containsExactly(once);
    batch.extend(once, 450 * MILLI_NANOS);
    assertThat(deadlines.due(batch, 500 * MILLI_NANOS)).containsExactly(often);
  }

  @Test
  void whatIsBeingPushedIsNotDue() {
    Outstanding message = sent(1, 1);
    message.state = Outstanding.State.CHOSEN;
    batch.pushed(0);

    assertThat(deadlines.due(batch, Long.MAX_VALUE / 2)).isEmpty();
  }

  @Test
  void timeThatBeganAgainRunsFromThen() {
    Outstanding message = sent(1, 1);
    batch.pushed(0);

    batch.extend(message, 50 * MILLI_NANOS);

    assertThat(deadlines.firstNanos(batch)).isEqualTo(150 * MILLI_NANOS);
  }

  private Outstanding sent(long id, int attempts) {
    Outstanding message = new Outstanding(0, id, id, Bytes.utf8("k" + id), false);
    message.attempts = attempts;
    message.state = Outstanding.State.SENT;
    batch.add(message);
    return message;
  }
}
