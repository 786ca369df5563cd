package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.Entry;
import io.ppmq.store.Place;
import org.junit.jupiter.api.Test;

/** The batches in flight of a subscriber. */
class BatchesOutTest {
  private final PassedPlaces passed = new PassedPlaces();
  private final BatchesOut out = new BatchesOut(passed);
  private final Worker ann = new Worker();
  private final Worker bob = new Worker();

  @Test
  void aBatchIsOutUntilTheLastOfItsMessagesHasComeBack() {
    BatchOut batch = out.begin(ann);
    Outstanding one = choose(batch, 1);
    Outstanding two = choose(batch, 2);

    comeBack(one);
    assertThat(out.all()).containsExactly(batch);
    assertThat(out.messages()).containsExactly(two);
    comeBack(two);

    assertThat(out.all()).isEmpty();
    assertThat(out.messageCount()).isZero();
    assertThat(ann.isBusy()).isFalse();
  }

  @Test
  void severalWorkersHaveABatchEach() {
    Outstanding anns = choose(out.begin(ann), 1);
    Outstanding bobs = choose(out.begin(bob), 2);

    assertThat(out.messages()).containsExactly(anns, bobs);
    assertThat(out.messageCount()).isEqualTo(2);
  }

  @Test
  void aWorkerWithWhichSomethingIsOutIsGivenNothingMore() {
    choose(out.begin(ann), 1);

    assertThatIllegalStateException().isThrownBy(() -> out.begin(ann));
  }

  @Test
  void aPlaceThatWasPassedIsHeldAsLongAsItsKeyIsOut() {
    Outstanding message = choose(out.begin(ann), 1);
    passed.add(new Place(0, 9), message.key);

    assertThat(passed.isAnyFree()).isFalse();
    comeBack(message);

    assertThat(passed.isAnyFree()).isTrue();
  }

  @Test
  void onlyWhatWasSentEnds() {
    BatchOut batch = out.begin(ann);
    Outstanding chosen = choose(batch, 1);
    Outstanding sent = choose(batch, 2);
    Outstanding later = choose(batch, 3);
    chosen.endsAtMillis = 100;
    sent.endsAtMillis = 100;
    later.endsAtMillis = 300;
    out.sent(sent);
    out.sent(later);

    assertThat(out.nextEndMillis()).isEqualTo(100);
    assertThat(out.ending(200)).containsExactly(sent);
    assertThat(out.nextEndMillis()).isEqualTo(300);
  }

  @Test
  void nothingEndsWhenNothingIsOut() {
    Outstanding message = choose(out.begin(ann), 1);
    message.endsAtMillis = 100;
    out.sent(message);
    comeBack(message);

    out.begin(ann);

    assertThat(out.nextEndMillis()).isEqualTo(Entry.NEVER);
  }

  @Test
  void sendingCounts() {
    Outstanding message = choose(out.begin(ann), 1);

    out.sent(message);

    assertThat(message.attempts).isEqualTo(1);
    assertThat(message.state).isEqualTo(Outstanding.State.SENT);
  }

  private Outstanding choose(BatchOut batch, long id) {
    Bytes key = Bytes.utf8("k" + id);
    Outstanding message = new Outstanding(0, id, id, key, false);
    out.choose(batch, message, new Delivery(key, Bytes.utf8("1"), null, 0, 1));
    return message;
  }

  private void comeBack(Outstanding message) {
    out.comeBack(message);
    message.state = Outstanding.State.WAITING;
  }
}
