package io.ppmq.broker.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Settings, and the names in commands that they know. */
class BrokerSettingsTest {
  private static final SubscriberSettings ANN =
      new SubscriberSettings("ann", new BatchLimits(50, 1 << 20));
  private static final SubscriberSettings BOB =
      new SubscriberSettings("bob", new BatchLimits(50, 1 << 20));

  private static TopicSettings topic(String name, @Nullable String deadLetter, String... names) {
    TopicLimits limits = new TopicLimits(5, 0, WhenFull.BLOCK, 1, deadLetter, 0, false);
    return new TopicSettings(name, List.of(names), 0, true, 1, true, limits);
  }

  private static BrokerSettings settings(TopicSettings... topics) {
    return new BrokerSettings(List.of(topics), List.of(ANN, BOB), SyncPolicy.ALWAYS);
  }

  private static void assertRefused(Command command, ErrorCode code, String sentence) {
    assertThatThrownBy(() -> settings(topic("t", null, "ann")).check(command))
        .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(sentence);
  }

  @Test
  void namesThatComeTwiceOrAreUnknownAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(topic("t", null), topic("t", null)))
        .withMessage("topic t comes twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(topic("t", null, "eve")))
        .withMessage("topic t names eve, which is not a subscriber");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(topic("t", "grave")))
        .withMessage("topic t names grave, which is not a topic");
  }

  @Test
  void topicThatIsNamedAsDeadLetterKeepsDeadLetters() {
    BrokerSettings settings = settings(topic("t", "grave", "ann"), topic("grave", null));

    assertThat(settings.topics().get("grave").limits().keepsDeadLetters()).isTrue();
    assertThat(settings.topics().get("t").limits().keepsDeadLetters()).isFalse();
  }

  @Test
  void commandIsRefusedByTheFirstNameThatIsNotKnown() {
    assertRefused(
        new Command.Publish("u", List.of()), ErrorCode.UNKNOWN_TOPIC, "there is no topic \"u\"");
    assertRefused(
        new Command.Redeliver("eve", null),
        ErrorCode.UNKNOWN_SUBSCRIBER,
        "there is no subscriber \"eve\"");
    assertRefused(
        new Command.Acknowledge("t", "bob", List.of()),
        ErrorCode.NOT_OF_TOPIC,
        "\"bob\" is not a subscriber of topic \"t\"");
  }

  @Test
  void nameInARefusalIsOnOneLineAndBounded() {
    assertThatThrownBy(
            () -> settings().check(new Command.Publish("a\nb" + "x".repeat(200), List.of())))
        .message()
        .hasLineCount(1)
        .hasSizeLessThan(150);
  }

  @Test
  void delayedMessageWithAKeyIsRefusedWhereKeysReplace() {
    Message delayed = new Message(Bytes.utf8("k"), Bytes.utf8("1"), null, 0, new Delay(true, 1));
    assertRefused(
        new Command.Publish("t", List.of(delayed)),
        ErrorCode.MALFORMED,
        "topic \"t\" has Dedupe: a message with a Key cannot have Delay or NotBefore there");
  }

  @Test
  void pauseOfASubscriberNeedsNoTopic() {
    BrokerSettings settings = settings(topic("t", null, "ann"));

    assertThatCode(() -> settings.check(new Pause(null, "bob"))).doesNotThrowAnyException();
    assertThatThrownBy(() -> settings.check(new Pause("t", "bob")))
        .hasMessageContaining("is not a subscriber of topic");
  }

  @Test
  void onlyABoundedTopicThatBlocksMayHold() {
    TopicLimits rejects = new TopicLimits(5, 0, WhenFull.REJECT, 0, null, 0, false);
    BrokerSettings settings =
        settings(
            topic("blocks", null),
            topic("rejects", null).with(rejects),
            topic("free", null).with(TopicLimits.NONE));

    assertThat(settings.mayHold("blocks")).isTrue();
    assertThat(settings.mayHold("rejects")).isFalse();
    assertThat(settings.mayHold("free")).isFalse();
    assertThat(settings.mayHold("unknown")).isFalse();
  }
}
