package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import org.junit.jupiter.api.Test;

/** Keys that name delayed messages. */
class DelayedKeyTest {
  @Test
  void itsTextNamesTheSameMessageAgain() {
    DelayedKey key = new DelayedKey(1_800_000_000_000L, 1L << 50);

    assertThat(DelayedKey.of(key.text())).isEqualTo(key);
  }

  @Test
  void otherKeysNameNone() {
    assertThat(DelayedKey.of(Bytes.utf8("delayed-1"))).isNull();
    assertThat(DelayedKey.of(Bytes.utf8("delayed-1-2-3"))).isNull();
    assertThat(DelayedKey.of(Bytes.utf8("delayed-w-1"))).isNull();
    assertThat(DelayedKey.of(Bytes.utf8("x-delayed-1-1"))).isNull();
    assertThat(DelayedKey.of(Bytes.utf8("delayed-vvvvvvvvvvvvv-1"))).isNull();
  }
}
