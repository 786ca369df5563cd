package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node makes of its certificate and its key. */
final class NodeTlsTest {
  @TempDir Path directory;

  private ClusterSettings good;

  @BeforeEach
  void begin() throws Exception {
    good = Node.settings("a", directory, Node.addresses("a", "b"));
  }

  @Test
  void aKeyOfAnotherKindThanTheCertificateIsRefused() throws Exception {
    Path key = directory.resolve("rsa.key");
    byte[] encoded =
        KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
    Files.writeString(
        key,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(encoded)
            + "\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(() -> new NodeTls(with(good.certificate(), key)))
        .isInstanceOf(ClusterException.class)
        .hasMessageContainingAll("rsa.key", "a.pem", "one is RSA, the other EC");
  }

  @Test
  void aFileThatHoldsNoCertificateIsNamedWithoutNamesOfClasses() {
    assertThatThrownBy(() -> new NodeTls(with(good.key(), good.key())))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("cannot read a certificate from " + good.key())
        .hasMessageNotContaining("java");
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() {
    Path key = Node.settings("b", directory, good.nodes()).key();
    assertThatThrownBy(() -> new NodeTls(with(good.certificate(), key)))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("the key " + key + " does not go with the certificate ");
  }

  private ClusterSettings with(Path certificate, Path key) {
    return new ClusterSettings(
        good.name(),
        good.node(),
        good.listen(),
        good.nodes(),
        certificate,
        key,
        good.ca(),
        good.electionTimeout(),
        good.relay(),
        good.dataPath(),
        good.minFreeBytes(),
        good.version());
  }
}
