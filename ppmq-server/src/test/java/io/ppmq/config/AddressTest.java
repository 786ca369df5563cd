package io.ppmq.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "tcp://127.0.0.1:7000, 127.0.0.1, 7000",
    "tcp://127.255.3.40:1, 127.255.3.40, 1",
    "tcp://localhost:65535, localhost, 65535",
    "tcp://[::1]:80, ::1, 80"
  })
  void loopbackAddressesAreServed(String text, String host, int port) {
    assertThat(Address.parse(text)).isEqualTo(new Address.Tcp(host, port));
    assertThat(Address.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp://0.0.0.0:80",
        "tcp://10.1.2.3:80",
        "tcp://128.0.0.1:80",
        "tcp://127.0.0.256:80",
        "tcp://127.0.0.1.example.org:80",
        "tcp://127.1:80",
        "tcp://[::]:80",
        "tcp://[::2]:80",
        "tcp://LOCALHOST.example.org:80"
      })
  void everyOtherHostIsRefused(String text) {
    assertThatThrownBy(() -> Address.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a loopback address");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://127.0.0.1:x",
        "tcp://127.0.0.1:123456",
        "tcp://127.0.0.1:80/",
        "tcp://::1:80",
        "tcp:127.0.0.1:80",
        "http://127.0.0.1:80",
        "unix:///run/x.sock",
        "unix:/run/x.sock"
      })
  void whatOnlyLooksLikeAUrlIsRefused(String text) {
    assertThatThrownBy(() -> Address.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("\"" + text + "\" is not an address: write a path or tcp://127.0.0.1:port");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp://127.0.0.1:0", "tcp://127.0.0.1:65536"})
  void portThatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> Address.parse(text))
        .hasMessage("\"" + text + "\" has a wrong port: it must be from 1 to 65535");
  }

  @Test
  void abstractSocketIsRefusedRatherThanTakenAsAFile() {
    assertThatThrownBy(() -> Address.parse("@ppmq"))
        .hasMessage("\"@ppmq\" is an abstract socket, which is not served: write a path");
  }

  @Test
  void pathWithAZeroIsRefused() {
    assertThatThrownBy(() -> Address.parse("a\0b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("\"a\\u0000b\" is not a path: ");
  }

  @Test
  void localhostIsNotLookedUp() {
    assertThat(new Address.Tcp("localhost", 5).socketAddress())
        .isEqualTo(new InetSocketAddress(literal(127, 0, 0, 1), 5));
  }

  @Test
  void longestUnixPathCanBeBound(@TempDir Path dir) throws IOException {
    Path inner = Files.createDirectory(dir.resolve("directory"));
    int free = Address.UNIX_PATH_BYTES_MAX - inner.toString().length() - 1;
    Path longest = inner.resolve("x".repeat(free));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(new Address.Unix(longest).socketAddress());
      assertThat(server.isOpen()).isTrue();
    }
    assertThatThrownBy(() -> new Address.Unix(Path.of(longest + "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is too long for a unix socket: 108 bytes");
  }

  @Test
  void whatIsServedOfLongNamesInShortDirectoriesCanBeBound() throws IOException {
    String name = "ppmq" + System.nanoTime();
    Path longest = Path.of("/tmp", name + "x".repeat(106 - "/tmp/".length() - name.length()));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(new Address.Unix(longest).socketAddress());
      assertThat(server.isOpen()).isTrue();
    } finally {
      Files.deleteIfExists(longest);
    }
    assertThatThrownBy(() -> new Address.Unix(Path.of(longest + "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("107 bytes, 106 at most are served where more than 84 are its last");
  }

  private static InetAddress literal(int... bytes) {
    byte[] address = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      address[i] = (byte) bytes[i];
    }
    try {
      return InetAddress.getByAddress(address);
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
