package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusedTest {
  @ParameterizedTest
  @CsvSource({
    "unknown-topic, UnknownName, true",
    "unknown-subscriber, UnknownName, true",
    "not-of-topic, UnknownName, true",
    "denied, Denied, true",
    "malformed, Malformed, true",
    "too-large, Malformed, true",
    "topic-full, TopicFull, false",
    "disk-full, Unavailable, false",
    "unavailable, Unavailable, false",
    "stopping, Unavailable, false",
    "what-comes-later, Refused, true",
    "'', Refused, true"
  })
  void codeHasItsFamilyAndSaysWhetherItIsFinal(String code, String family, boolean isFinal) {
    Refused refused = Refused.of(code, "no");
    assertThat(refused.getClass().getSimpleName()).isEqualTo(family);
    assertThat(refused.code()).isEqualTo(code);
    assertThat(refused.isFinal()).isEqualTo(isFinal);
    assertThat(refused).hasMessage("no");
  }

  @Test
  void reasonOfANackIsOneBoundedLine() {
    Nack nack =
        Nack.of(RetryAfter.USUAL, new IllegalStateException(" a\r\nb\0" + "é".repeat(9999)));
    assertThat(nack.reason()).startsWith("a  b é").endsWith("é");
    assertThat(nack.reason().getBytes(StandardCharsets.UTF_8).length).isBetween(1000, 1024);
    assertThat(Nack.of(RetryAfter.USUAL, new IllegalStateException()).reason())
        .isEqualTo("IllegalStateException");
    assertThat(new Nack(RetryAfter.USUAL, "\ud83d").reason()).isEqualTo("?");
  }

  @Test
  void pauseThatTheBrokerWouldRefuseIsNone() {
    assertThat(RetryAfter.of(Duration.ZERO).text()).isEqualTo("0s");
    assertThat(RetryAfter.of(Duration.ofNanos(1)).text()).isEqualTo("0.000000001s");
    assertThatThrownBy(() -> RetryAfter.of(Duration.ofHours(25)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RetryAfter.of(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
