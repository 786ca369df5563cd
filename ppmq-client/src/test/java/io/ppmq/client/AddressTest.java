package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @Test
  void pathIsAUnixSocket() {
    assertThat(Address.of("/run/ppmq.sock").resolve())
        .isEqualTo(UnixDomainSocketAddress.of("/run/ppmq.sock"));
  }

  @Test
  void tcpNamesHostAndPort() {
    assertThat(Address.of("tcp://127.0.0.1:7000").resolve()).hasToString("/127.0.0.1:7000");
    assertThat(Address.of("tcp://[::1]:7000").resolve()).hasToString("/[0:0:0:0:0:0:0:1]:7000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tcp://",
        "tcp://host",
        "tcp://:70",
        "tcp://host:70000",
        "tcp://host:x",
        "tcp://h:7/x",
        "tcp://me@host:7",
        "tcp://a b:7"
      })
  void whatIsNoAddressIsRefused(String text) {
    assertThatThrownBy(() -> Address.of(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
