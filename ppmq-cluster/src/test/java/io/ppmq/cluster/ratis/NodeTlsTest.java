package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node makes of its certificate and its key. */
final class NodeTlsTest {
  @TempDir Path directory;

  @Test
  void aKeyOfAnotherKindThanTheCertificateIsRefused() throws Exception {
    ClusterSettings good = Node.settings("a", directory, Node.addresses("a"));
    Path key = directory.resolve("rsa.key");
    byte[] encoded =
        KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
    Files.writeString(
        key,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(encoded)
            + "\n-----END PRIVATE KEY-----\n");
    ClusterSettings bad =
        new ClusterSettings(
            good.name(),
            good.node(),
            good.listen(),
            good.nodes(),
            good.certificate(),
            key,
            good.ca(),
            good.electionTimeout(),
            false,
            directory,
            0,
            good.version());

    assertThatThrownBy(() -> new NodeTls(bad))
        .isInstanceOf(ClusterException.class)
        .hasMessageContainingAll("rsa.key", "a.pem", "one is RSA, the other EC");
  }
}
