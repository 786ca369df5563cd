package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that the broker gives to messages without one. */
class BrokerKeyTest {
  private final BrokerKey plain = BrokerKey.plain();
  private final BrokerKey beside = BrokerKey.besideProducersKeys("nonce000");

  @ParameterizedTest
  @ValueSource(longs = {1, 31, 32, 1023, 1024, 1L << 40, Long.MAX_VALUE})
  void theIdIsInTheKey(long id) {
    assertThat(plain.idIn(plain.of(id))).isEqualTo(id);
    assertThat(beside.idIn(beside.of(id))).isEqualTo(id);
  }

  @Test
  void aKeyIsTheIdInTheDigitsUpToV() {
    assertThat(plain.of(32 * 31 + 10).text()).isEqualTo("va");
    assertThat(beside.of(1).text()).isEqualTo("ppmq-nonce000-1");
  }

  @Test
  void oneFormIsNotTakenForTheOther() {
    assertThat(plain.idIn(beside.of(7))).isZero();
    assertThat(beside.idIn(plain.of(7))).isZero();
  }

  @Test
  void whatABrokerWouldNotWriteHasNoId() {
    for (String key : List.of("", "0", "01", "V", "w", "-1", "8000000000000", "zzzzzzzzzzzzzzzz")) {
      assertThat(plain.idIn(Bytes.utf8(key))).as(key).isZero();
    }
    assertThat(beside.idIn(Bytes.utf8("ppmq-nonce001-7"))).isZero();
    assertThat(beside.idIn(Bytes.utf8("ppmq-nonce000-"))).isZero();
  }
}
