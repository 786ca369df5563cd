package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ProposalHashTest {
  /** Nodes of different versions compare it: another implementation made these values. */
  @Test
  void hashIsTheSameInEveryVersion() {
    assertThat(ProposalHash.of(new byte[0])).isZero();
    assertThat(ProposalHash.of("a".getBytes(US_ASCII))).isEqualTo(0x071717d2d36b6b11L);
    assertThat(ProposalHash.of("12345678".getBytes(US_ASCII))).isEqualTo(0x758f67d162b2d202L);
    assertThat(ProposalHash.of("proposals of 27 characters.".getBytes(US_ASCII)))
        .isEqualTo(0x3bc09e91f68b4347L);
  }

  @Test
  void everyByteCounts() {
    Set<Long> hashes = new HashSet<>();
    for (int length = 0; length < 40; length++) {
      byte[] bytes = new byte[length];
      hashes.add(ProposalHash.of(bytes));
      for (int at = 0; at < length; at++) {
        bytes[at] = (byte) 0x80;
        hashes.add(ProposalHash.of(bytes));
        bytes[at] = 0;
      }
    }
    assertThat(hashes).hasSize(40 + 39 * 40 / 2);
  }
}
