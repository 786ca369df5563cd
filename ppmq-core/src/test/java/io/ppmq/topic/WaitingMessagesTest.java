package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that wait to be sent again. */
class WaitingMessagesTest {
  private final WaitingMessages waiting = new WaitingMessages(OneTopic.settings(false, 2));

  @Test
  void whatWasSentComesBeforeWhatWasOnlyChosen() {
    Outstanding chosen = message(0, 1, 0);
    Outstanding sentLater = message(0, 3, 1);
    Outstanding sent = message(0, 2, 5);

    List.of(chosen, sentLater, sent).forEach(waiting::add);

    assertThat(waiting.in(0)).containsExactly(sent, sentLater, chosen);
    assertThat(waiting.hasUnsent(0)).isTrue();
    assertThat(waiting.sentCount()).isEqualTo(2);
  }

  @Test
  void onePriorityKnowsNothingOfAnother() {
    Outstanding high = message(0, 2, 1);
    Outstanding low = message(1, 1, 0);
    waiting.add(high);
    waiting.add(low);

    assertThat(waiting.hasUnsent(0)).isFalse();
    assertThat(waiting.in(1)).containsExactly(low);
    assertThat(waiting.first()).containsExactly(high, low);
  }

  @Test
  void whatIsTakenOutIsNotCountedAndTakingItTwiceChangesNothing() {
    Outstanding message = message(0, 1, 1);
    waiting.add(message);

    waiting.remove(message);
    waiting.remove(message);

    assertThat(waiting.count()).isZero();
    assertThat(waiting.sentCount()).isZero();
    assertThat(waiting.first()).isEmpty();
  }

  @Test
  void withFewerPrioritiesItWaitsInTheNearestOne() {
    waiting.clear(OneTopic.settings(false, 1));
    Outstanding low = message(1, 1, 1);

    waiting.add(low);

    assertThat(waiting.in(0)).containsExactly(low);
  }

  private static Outstanding message(int priority, long id, int attempts) {
    Outstanding message = new Outstanding(priority, id, id, Bytes.utf8("k" + id), false);
    message.attempts = attempts;
    return message;
  }
}
