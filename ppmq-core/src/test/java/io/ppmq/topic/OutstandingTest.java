package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.topic.Outstanding.State;
import org.junit.jupiter.api.Test;

/** The state of a message that was chosen and is not acknowledged. */
class OutstandingTest {
  private static Outstanding message(boolean keyed) {
    return new Outstanding(0, 1, 1, Bytes.utf8("k"), keyed);
  }

  @Test
  void attemptsOfAMessageWithoutAProducersKeyGoOnWhateverItsVersion() {
    Outstanding message = message(false);
    assertThat(message.attempt(0)).isOne();

    message.attempts = 2;
    assertThat(message.attempt(7)).isEqualTo(3);
  }

  @Test
  void attemptsOfAKeyedMessageBeginAgainWithANewVersion() {
    Outstanding message = message(true);
    message.version = 5;
    message.attempts = 2;

    assertThat(message.attempt(5)).isEqualTo(3);
    assertThat(message.attempt(6)).isOne();
  }

  @Test
  void shownAttemptIsTheOneThatIsOutOrTheNext() {
    Outstanding message = message(false);
    message.attempts = 2;
    assertThat(message.shownAttempt(0)).as("waits for the third").isEqualTo(3);

    message.state = State.SENT;
    assertThat(message.shownAttempt(0)).as("the second is out").isEqualTo(2);
  }

  @Test
  void stateIsShownAsUsersKnowIt() {
    Outstanding message = message(false);
    assertThat(message.shownState()).isEqualTo(PeekedMessage.State.QUEUED);

    message.attempts = 1;
    assertThat(message.shownState()).isEqualTo(PeekedMessage.State.REDELIVER);

    message.state = State.NACKED;
    assertThat(message.shownState()).isEqualTo(PeekedMessage.State.NACKED);

    message.state = State.CHOSEN;
    assertThat(message.shownState()).isEqualTo(PeekedMessage.State.IN_FLIGHT);
    message.state = State.SENT;
    assertThat(message.shownState()).isEqualTo(PeekedMessage.State.IN_FLIGHT);
  }

  @Test
  void versionThatIsOutIsTheChosenOneWhileItIsBeingPushed() {
    Outstanding message = message(true);
    message.version = 5;
    message.chosenVersion = 6;
    message.state = State.SENT;
    assertThat(message.outVersion()).isEqualTo(5);
    assertThat(message.isNewVersionChosen()).isFalse();

    message.state = State.CHOSEN;
    assertThat(message.outVersion()).isEqualTo(6);
    assertThat(message.isNewVersionChosen()).isTrue();
  }
}
