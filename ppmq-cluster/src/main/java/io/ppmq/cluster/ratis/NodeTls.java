package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.grpc.GrpcUtil;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;

/**
 * How nodes know each other: TLS 1.3, each side with a certificate of the CA. Whoever connects to
 * an address gets there the node that is meant, or nobody: the certificate must have the name of
 * the node that is known to listen there. What a node may say as whom is {@link NodeGuard}'s.
 */
final class NodeTls {
  private static final int DNS_NAME = 2;
  private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "Ed25519");

  private final GrpcTlsConfig config;

  /** The name of the node that listens there. */
  private final Map<String, String> listening = new ConcurrentHashMap<>();

  NodeTls(ClusterSettings settings) throws ClusterException {
    settings.nodes().forEach((node, address) -> listens(address.toString(), node));
    Collection<X509Certificate> chain = certificates(settings.certificate());
    X509Certificate own = chain.iterator().next();
    if (!names(own).contains(settings.node())) {
      throw new ClusterException(
          "the certificate "
              + settings.certificate()
              + " has not the name of this node, "
              + settings.node()
              + ", among its alternative names: "
              + names(own));
    }
    PrivateKey key = privateKey(settings.key());
    String apart = " does not go with the certificate " + settings.certificate() + ": ";
    if (!key.getAlgorithm().equals(own.getPublicKey().getAlgorithm())) {
      throw new ClusterException(
          "the key "
              + settings.key()
              + apart
              + "one is "
              + key.getAlgorithm()
              + ", the other "
              + own.getPublicKey().getAlgorithm());
    }
    if (!isOf(own, key)) {
      throw new ClusterException("the key " + settings.key() + apart + "it is another's");
    }
    config =
        GrpcTlsConfig.newBuilder()
            .setKeyManager(new OwnKey(chain, key))
            .setTrustManager(new Trust(authority(settings.ca())))
            .setMutualTls(true)
            .setSslProvider(SslProvider.JDK)
            .setProtocols("TLSv1.3")
            .build();
  }

  /** Has whoever connects to the address expect this node there. */
  void listens(String address, String node) {
    listening.put(address, node);
  }

  GrpcTlsConfig config() {
    return config;
  }

  SslContext forClient() {
    return GrpcUtil.buildSslContextForClient(config);
  }

  // ---- files ----------------------------------------------------------------------------------

  private static Collection<X509Certificate> certificates(Path file) throws ClusterException {
    try (InputStream in = Files.newInputStream(file)) {
      List<X509Certificate> read =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (read.isEmpty()) {
        throw new ClusterException("there is no certificate in " + file);
      }
      return read;
    } catch (IOException | CertificateException e) {
      throw new ClusterException("cannot read a certificate from " + file + reason(e), e);
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
            file + " is no private key in PKCS #8, which begins -----BEGIN PRIVATE KEY-----");
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
        // the next may be it
      } catch (GeneralSecurityException e) {
        throw new ClusterException("cannot use the private key " + file + reason(e), e);
      }
    }
    throw new ClusterException(file + " is of none of the kinds " + KEY_ALGORITHMS);
  }

  /**
   * What the kernel or the decoder says, without the names of classes and without the file again.
   */
  private static String reason(Exception e) {
    if (e instanceof FileSystemException file) {
      String reason = file.getReason();
      return e instanceof AccessDeniedException
          ? ": permission denied"
          : e instanceof NoSuchFileException ? ": there is no such file" : ": " + reason;
    }
    return ": " + e.getMessage();
  }

  /** Whether they belong together: Java asks this of nobody, and no node would hear this one. */
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

  /** The names that a certificate is for. */
  static Set<String> names(X509Certificate certificate) {
    Set<String> names = new TreeSet<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          if (Integer.valueOf(DNS_NAME).equals(alternative.get(0))) {
            names.add(String.valueOf(alternative.get(1)));
          }
        }
      }
    } catch (CertificateException unreadable) {
      return new TreeSet<>(); // it has none that can be read
    }
    return names;
  }

  // ---- who is at the other end ----------------------------------------------------------------

  private final class Trust extends X509ExtendedTrustManager {
    private final X509TrustManager authority;

    Trust(X509TrustManager authority) {
      this.authority = authority;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      authority.checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      authority.checkServerTrusted(chain, type);
      String address =
          new NodeAddress(unbracketed(engine.getPeerHost()), engine.getPeerPort()).toString();
      String node = listening.get(address);
      if (node == null || !names(chain[0]).contains(node)) {
        throw new CertificateException(
            "the certificate of "
                + address
                + " is for "
                + names(chain[0])
                + " and not for "
                + node);
      }
    }

    private String unbracketed(String host) {
      return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("only an engine is used");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("only an engine is used");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      authority.checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("it is not known whom this is to be");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authority.getAcceptedIssuers();
    }
  }
}
