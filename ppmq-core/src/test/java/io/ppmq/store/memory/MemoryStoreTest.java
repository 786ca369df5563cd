package io.ppmq.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.store.Store;
import io.ppmq.store.StoreContract;
import org.junit.jupiter.api.Test;

final class MemoryStoreTest extends StoreContract {
  @Override
  protected Store open() {
    return new MemoryStore(FIRST_ID);
  }

  @Test
  void nonceCanBeGivenForRunsThatRepeat() {
    assertThat(new MemoryStore(1, "abcdefg7").nonce()).isEqualTo("abcdefg7");
    assertThatThrownBy(() -> new MemoryStore(1, "short"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'short'");
  }

  @Test
  void nothingLiesOnTheDisk() {
    assertThat(store.diskBytes()).isZero();
  }
}
