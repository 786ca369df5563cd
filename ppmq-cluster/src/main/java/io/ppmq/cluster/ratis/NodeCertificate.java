package io.ppmq.cluster.ratis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.system.IoReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of this node with its key, and the CA, from their files. A certificate that the
 * other nodes would not accept is refused here with the reason, since those nodes would only close
 * the connection.
 *
 * @param chain the node's certificate, then those between it and the CA
 * @param authority decides on the certificates of other nodes
 */
record NodeCertificate(List<X509Certificate> chain, PrivateKey key, X509TrustManager authority) {
  private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";
  private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "Ed25519");

  /** With TLS 1.3 a certificate does not determine the key exchange. */
  private static final String ANY_KEY_EXCHANGE = "UNKNOWN";

  static NodeCertificate of(ClusterSettings settings) throws ClusterException {
    Path file = settings.certificate();
    List<X509Certificate> chain = certificates(file);
    X509Certificate own = chain.get(0);
    Set<String> names = NodeTls.names(own);
    if (!names.contains(settings.node())) {
      throw new ClusterException(
          "the certificate "
              + file
              + " has not the name of this node, "
              + settings.node()
              + ", among its alternative names: "
              + names
              + ". Have the CA sign one with subjectAltName=DNS:"
              + settings.node());
    }
    PrivateKey key = privateKey(settings.key());
    checkPair(own, key, "the key " + settings.key() + " does not match the certificate " + file);
    X509TrustManager authority = authority(settings.ca());
    checkSigned(chain, authority, file, settings.ca());
    return new NodeCertificate(chain, key, authority);
  }

  /** Warnings: a clock that is behind corrects itself, and the rest is hardly intended. */
  List<String> doubts(ClusterSettings settings) {
    X509Certificate own = chain.get(0);
    List<String> doubts = new ArrayList<>();
    if (isNotYetValid(own)) {
      doubts.add(
          "the certificate "
              + settings.certificate()
              + " is not valid before "
              + own.getNotBefore().toInstant()
              + ": until then no other node takes it");
    }
    if (isReadableByAll(settings.key())) {
      doubts.add(
          "every user of this machine may read the key "
              + settings.key()
              + " and so pose as node "
              + settings.node()
              + ": chmod o-r it");
    }
    if (List.of(authority.getAcceptedIssuers()).equals(List.of(own))) {
      doubts.add(
          "the CA "
              + settings.ca()
              + " is the certificate of this node itself, so that no other node is taken");
    }
    return doubts;
  }

  private static boolean isNotYetValid(X509Certificate certificate) {
    return certificate.getNotBefore().toInstant().isAfter(Instant.now());
  }

  private static boolean isReadableByAll(Path key) {
    try {
      return Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ)
          && Files.getPosixFilePermissions(key.toRealPath().getParent())
              .contains(PosixFilePermission.OTHERS_EXECUTE);
    } catch (IOException e) {
      return false; // it was read a moment ago, and says more when it is read again
    }
  }

  private static void checkPair(X509Certificate own, PrivateKey key, String apart)
      throws ClusterException {
    String kind = own.getPublicKey().getAlgorithm();
    if (!key.getAlgorithm().equals(kind)) {
      throw new ClusterException(apart + ": one is " + key.getAlgorithm() + ", the other " + kind);
    }
    if (!isOf(own, key)) {
      throw new ClusterException(apart + ": it belongs to another certificate");
    }
  }

  /**
   * Makes the same checks as every other node, which should have the same CA. A certificate that is
   * not valid yet is only doubtful.
   */
  private static void checkSigned(
      List<X509Certificate> chain, X509TrustManager authority, Path file, Path ca)
      throws ClusterException {
    if (isNotYetValid(chain.get(0))) {
      return;
    }
    X509Certificate[] all = chain.toArray(X509Certificate[]::new);
    try {
      authority.checkServerTrusted(all, ANY_KEY_EXCHANGE);
      authority.checkClientTrusted(all, ANY_KEY_EXCHANGE);
    } catch (CertificateException e) {
      throw new ClusterException(whyNotTaken(chain, file, ca, e), e);
    }
  }

  private static String whyNotTaken(
      List<X509Certificate> chain, Path file, Path ca, CertificateException refusal) {
    for (X509Certificate each : chain) {
      if (each.getNotAfter().toInstant().isBefore(Instant.now())) {
        return "the certificate "
            + file
            + " holds one that expired at "
            + each.getNotAfter().toInstant()
            + ": have the CA sign a new one";
      }
    }
    if (isOfNoCa(refusal.getCause())) {
      return "the certificate "
          + file
          + " is not signed by a CA in "
          + ca
          + ", so no other node would take it: its issuer is "
          + chain.get(0).getIssuerX500Principal()
          + ". Have that CA sign it, or put the issuer's certificate into the file of the CA on all"
          + " nodes";
    }
    return "the certificate " + file + " cannot be used with the CA " + ca + reason(refusal);
  }

  /**
   * Whether the cause is a missing CA; a CA with only the same name as the right one does not
   * count.
   */
  private static boolean isOfNoCa(@Nullable Throwable cause) {
    return cause instanceof CertPathBuilderException
        || (cause instanceof CertPathValidatorException invalid
            && (invalid.getReason() == PKIXReason.NO_TRUST_ANCHOR
                || invalid.getReason() == BasicReason.INVALID_SIGNATURE));
  }

  // ---- files ----------------------------------------------------------------------------------

  private static List<X509Certificate> certificates(Path file) throws ClusterException {
    byte[] content;
    try {
      content = Files.readAllBytes(file); // a decoder would put its own words around the reason
    } catch (IOException e) {
      throw new ClusterException("cannot read a certificate from " + file + reason(e), e);
    }
    try {
      List<X509Certificate> read =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (read.isEmpty()) {
        throw new ClusterException("there is no certificate in " + file);
      }
      return read;
    } catch (CertificateException e) {
      boolean pem = new String(content, ISO_8859_1).contains(CERTIFICATE);
      throw new ClusterException(
          "cannot read a certificate from "
              + file
              + (pem ? reason(e) : ": it has none in PEM, which begins " + CERTIFICATE),
          e);
    }
  }

  private static PrivateKey privateKey(Path file) throws ClusterException {
    byte[] encoded;
    try {
      String text = Files.readString(file);
      int begin = text.indexOf("-----BEGIN PRIVATE KEY-----");
      int end = text.indexOf("-----END PRIVATE KEY-----");
      if (begin < 0 || end < begin) {
        throw new ClusterException(
            file
                + " is not a private key in PKCS #8, which begins -----BEGIN PRIVATE KEY-----"
                + (text.contains("PRIVATE KEY-----")
                    ? ": 'openssl pkcs8 -topk8 -nodes -in " + file + "' prints it as one"
                    : ""));
      }
      encoded =
          Base64.getMimeDecoder()
              .decode(text.substring(begin + "-----BEGIN PRIVATE KEY-----".length(), end));
    } catch (IOException | IllegalArgumentException e) {
      throw new ClusterException("cannot read a private key from " + file + reason(e), e);
    }
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException anotherKind) {
        // try the next one
      } catch (GeneralSecurityException e) {
        throw new ClusterException("cannot use the private key " + file + reason(e), e);
      }
    }
    throw new ClusterException(file + " has none of the key algorithms " + KEY_ALGORITHMS);
  }

  /** The reason of the system or of the decoder; the sentence before it names the file. */
  private static String reason(Exception e) {
    return ": " + (e instanceof IOException io ? IoReason.words(io, "file") : e.getMessage());
  }

  /**
   * Whether the certificate and the key belong together. Java does not check that, and every
   * handshake would fail.
   */
  private static boolean isOf(X509Certificate certificate, PrivateKey key) {
    try {
      Signature signature =
          Signature.getInstance(
              switch (key.getAlgorithm()) {
                case "EC" -> "SHA256withECDSA";
                case "RSA" -> "SHA256withRSA";
                default -> key.getAlgorithm();
              });
      byte[] signed = certificate.getTBSCertificate();
      signature.initSign(key);
      signature.update(signed);
      byte[] signs = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(signed);
      return signature.verify(signs);
    } catch (GeneralSecurityException ofAnotherKind) {
      return false;
    }
  }

  private static X509TrustManager authority(Path file) throws ClusterException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int count = 0;
      for (X509Certificate certificate : certificates(file)) {
        store.setCertificateEntry("ca" + count++, certificate);
      }
      TrustManagerFactory made =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      made.init(store);
      for (TrustManager manager : made.getTrustManagers()) {
        if (manager instanceof X509TrustManager trust) {
          return trust;
        }
      }
      throw new ClusterException("this Java checks no certificates");
    } catch (GeneralSecurityException | IOException e) {
      throw new ClusterException("cannot use the CA " + file + reason(e), e);
    }
  }
}
