package io.ppmq.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import org.junit.jupiter.api.Test;

/** The keys that name a message in the simulation. */
class ItemTest {
  private static final Bytes FIRST = Bytes.utf8("1a");
  private static final Bytes SECOND = Bytes.utf8("2b");

  private final ExpectedQueue queue = new ExpectedQueue("t", "s");
  private final Submitted submitted = new Submitted(false, false, () -> {});
  private final Item first = item();

  private Item item() {
    Message message = new Message(null, Published.payload(0, 0), null, 0);
    Item item = new Item(new Published(0, "t", message, submitted), 0, 0);
    item.sentAs = FIRST;
    queue.add(item);
    return item;
  }

  private Item requeue() {
    Item again = new Item(first, 0, 1, submitted);
    again.sentAs = SECOND;
    queue.add(again);
    return again;
  }

  @Test
  void requeuedMessageIsNamedByTheKeyThatItHasSince() {
    Item again = requeue();

    assertThat(again.noteNamed(SECOND)).isTrue();
    assertThat(again.noteNamed(FIRST)).isFalse();
    assertThat(again.unsure).isFalse();
  }

  @Test
  void whereTheRequeueIsLostItIsOpenWhatItsKeyNames() {
    Item before = queue.dieAgain(requeue());

    assertThat(before).isSameAs(first);
    assertThat(before.noteNamed(FIRST)).isTrue();
    assertThat(before.unsure).isFalse();
    assertThat(before.noteNamed(SECOND)).isFalse();
    assertThat(before.unsure).isTrue();
  }
}
