package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The amount that a topic may retain. */
class TopicLimitsTest {
  private static TopicLimits bound(long messages, long bytes) {
    return new TopicLimits(messages, bytes, WhenFull.REJECT, 3, "grave", 0, false);
  }

  @Test
  void boundIsSaidInTheWordsOfTheConfiguration() {
    assertThat(bound(10, 65536).bound()).isEqualTo("MaxMessages 10, MaxBytes 65536");
    assertThat(bound(10, 0).bound()).isEqualTo("MaxMessages 10");
    assertThat(bound(0, 7).bound()).isEqualTo("MaxBytes 7");
    assertThat(bound(0, 7).isBounded()).isTrue();
    assertThat(TopicLimits.NONE.isBounded()).isFalse();
  }

  @Test
  void limitsBelowNothingAreRefused() {
    assertThatThrownBy(() -> bound(-1, 0)).hasMessageStartingWith("limits below 0: -1 messages");
    assertThatThrownBy(() -> new TopicLimits(0, 0, WhenFull.BLOCK, 0, null, 0, false, 0))
        .hasMessage("no room for nacked messages: 0");
  }

  @Test
  void topicThatKeepsDeadLettersHasTheSameLimitsOtherwise() {
    TopicLimits keeping = bound(10, 20).keepingDeadLetters();

    assertThat(keeping.keepsDeadLetters()).isTrue();
    assertThat(keeping)
        .usingRecursiveComparison()
        .ignoringFields("keepsDeadLetters")
        .isEqualTo(bound(10, 20));
  }
}
