package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks of a node's certificate and key. */
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
        .hasMessage(
            "cannot read a certificate from "
                + good.key()
                + ": it has none in PEM, which begins -----BEGIN CERTIFICATE-----");
  }

  @Test
  void aDirectoryInPlaceOfAFileIsSaidWithoutNamesOfClasses() {
    assertThatThrownBy(() -> new NodeTls(with(directory, good.key())))
        .hasMessage("cannot read a certificate from " + directory + ": Is a directory");
    assertThatThrownBy(() -> new NodeTls(with(good.certificate(), directory)))
        .hasMessage("cannot read a private key from " + directory + ": Is a directory");
    assertThatThrownBy(() -> new NodeTls(with(good.certificate(), good.key(), directory)))
        .hasMessage("cannot read a certificate from " + directory + ": Is a directory");
  }

  /** As older commands of openssl write keys, or any with a passphrase. */
  @Test
  void howAKeyOfAnotherFormBecomesOneIsSaid() throws Exception {
    Path key = directory.resolve("old.key");
    for (String form : List.of("EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")) {
      Files.writeString(key, "-----BEGIN " + form + "-----\nMA==\n-----END " + form + "-----\n");
      assertThatThrownBy(() -> new NodeTls(with(good.certificate(), key)))
          .hasMessageEndingWith(": 'openssl pkcs8 -topk8 -nodes -in " + key + "' prints it as one");
    }
    Files.writeString(key, "no key");
    assertThatThrownBy(() -> new NodeTls(with(good.certificate(), key)))
        .hasMessageEndingWith("which begins -----BEGIN PRIVATE KEY-----");
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() {
    Path key = Node.settings("b", directory, good.nodes()).key();
    assertThatThrownBy(() -> new NodeTls(with(good.certificate(), key)))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("the key " + key + " does not match the certificate ");
  }

  @Test
  void aCertificateThatTheCaDidNotSignIsRefused() {
    ClusterSettings strange = with(Node.tls("stranger.pem"), Node.tls("stranger.key"));
    assertThatThrownBy(() -> new NodeTls(strange))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith(
            "the certificate "
                + Node.tls("stranger.pem")
                + " is not signed by a CA in "
                + good.ca()
                + ", so no other node would take it: its issuer is CN=between.");
  }

  @Test
  void aKeyThatEveryUserMayReadIsDoubtful() throws Exception {
    Path key = Files.copy(good.key(), directory.resolve("copy.key"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(doubts(with(good.certificate(), key)))
        .containsExactly(
            "every user of this machine may read the key "
                + key
                + " and so pose as node a: chmod o-r it");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(doubts(with(good.certificate(), key))).isEmpty();
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    assertThat(doubts(with(good.certificate(), key))).isEmpty();
  }

  @Test
  void aCertificateThatIsItsOwnCaIsDoubtful() throws Exception {
    Path key = Files.copy(good.key(), directory.resolve("copy.key"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    assertThat(doubts(with(good.certificate(), key, good.certificate())))
        .containsExactly(
            "the CA "
                + good.certificate()
                + " is the certificate of this node itself, so that no other node is taken");
  }

  private static List<String> doubts(ClusterSettings settings) throws Exception {
    return NodeCertificate.of(settings).doubts(settings);
  }

  @Test
  void aCaThatOnlyHasTheNameOfTheRightOneIsAnother() {
    Path namesake = Node.tls("namesake-ca.pem");
    assertThatThrownBy(() -> new NodeTls(with(good.certificate(), good.key(), namesake)))
        .hasMessageContaining("a.pem is not signed by a CA in " + namesake);
  }

  @Test
  void theCertificateOfACaBetweenMayStandBehindTheNodes() throws Exception {
    ClusterSettings strange =
        with(Node.tls("stranger.pem"), Node.tls("stranger.key"), Node.tls("other-ca.pem"));
    assertThatCode(() -> new NodeTls(strange)).doesNotThrowAnyException();

    String chain = Files.readString(Node.tls("stranger.pem"));
    Path alone = directory.resolve("alone.pem");
    Files.writeString(alone, chain.substring(0, chain.lastIndexOf("-----BEGIN")));
    assertThatThrownBy(() -> new NodeTls(with(alone, strange.key(), strange.ca())))
        .hasMessageContainingAll("alone.pem is not signed", "its issuer is CN=between");
  }

  @Test
  void anyCaInTheFileMayHaveSignedIt() throws Exception {
    Path both = directory.resolve("both.pem");
    Files.writeString(
        both, Files.readString(good.ca()) + Files.readString(Node.tls("other-ca.pem")));
    assertThatCode(() -> new NodeTls(with(good.certificate(), good.key(), both)))
        .doesNotThrowAnyException();
    assertThatCode(
            () -> new NodeTls(with(Node.tls("stranger.pem"), Node.tls("stranger.key"), both)))
        .doesNotThrowAnyException();
  }

  @Test
  void aCertificateThatExpiredIsRefused() {
    assertThatThrownBy(
            () ->
                new NodeTls(
                    with(
                        Node.tls("expired.pem"),
                        Node.tls("stranger.key"),
                        Node.tls("other-ca.pem"))))
        .isInstanceOf(ClusterException.class)
        .hasMessageContainingAll(
            "expired.pem holds one that expired at 2021-01-01T00:00:00Z", "sign a new one");
  }

  /** The clock of a machine may be far behind when it starts. */
  @Test
  void aCertificateWhoseTimeHasNotComeIsTaken() {
    ClusterSettings early =
        with(Node.tls("early.pem"), Node.tls("stranger.key"), Node.tls("other-ca.pem"));
    assertThatCode(() -> new NodeTls(early)).doesNotThrowAnyException();
  }

  private ClusterSettings with(Path certificate, Path key) {
    return with(certificate, key, good.ca());
  }

  private ClusterSettings with(Path certificate, Path key, Path ca) {
    return new ClusterSettings(
        good.name(),
        good.node(),
        good.listen(),
        good.nodes(),
        certificate,
        key,
        ca,
        good.electionTimeout(),
        good.relay(),
        good.dataPath(),
        good.minFreeBytes(),
        good.version());
  }
}
