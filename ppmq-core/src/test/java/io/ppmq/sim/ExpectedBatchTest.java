package io.ppmq.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the simulation considers a worker free. */
class ExpectedBatchTest {
  private static final long MILLIS = 1_000_000L;

  private final ExpectedBatch batch = new ExpectedBatch(new NamedPlace("s"));
  private final Item item = item();

  private record NamedPlace(String subscriber) implements Place {}

  private static Item item() {
    Message message = new Message(null, Published.payload(0, 0), null, 0);
    return new Item(new Published(0, "t", message, new Submitted(false, false, () -> {})), 0, 0);
  }

  /** The only message is pushed at 1 ms, and is to be acknowledged within 50 ms. */
  private void push() {
    batch.chosen(List.of(item));
    batch.takePushing();
    item.state = Item.State.SENT;
    batch.pushed(List.of(item), MILLIS);
    batch.dueIn(50, 0, MILLIS);
  }

  @Test
  void isFreeSinceItsMessageWasAcknowledged() {
    push();
    item.end(Item.State.ACKNOWLEDGED, null);
    batch.noteFree(7 * MILLIS);

    assertThat(batch.isFreeSinceThen()).isTrue();
    assertThat(batch.freeNanos()).isEqualTo(7 * MILLIS);
  }

  @Test
  void mayHaveBeenFreeBeforeItsDeadlineWhereItWasOpenWhatIsOut() {
    push();
    batch.mayStayOut();
    item.end(Item.State.ACKNOWLEDGED, null);
    batch.noteFree(7 * MILLIS);
    assertThat(batch.isFree()).isFalse();
    assertThat(batch.mayHoldMore()).isTrue();

    batch.timeUp(60 * MILLIS);

    assertThat(batch.isFree()).isTrue();
    assertThat(batch.isFreeSinceThen()).isFalse();
    push();
    item.end(Item.State.ACKNOWLEDGED, null);
    batch.noteFree(70 * MILLIS);
    assertThat(batch.isFreeSinceThen()).isTrue();
  }
}
