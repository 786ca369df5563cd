package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.grpc.GrpcUtil;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;

/**
 * Authenticates nodes: TLS 1.3, each side with a certificate of the CA. A connection to an address
 * reaches the intended node or fails: the certificate must have the name of the node at that
 * address. {@link NodeGuard} decides which node may speak under which name.
 */
final class NodeTls {
  private static final int DNS_NAME = 2;

  private final GrpcTlsConfig config;

  /** The name of the node at each address. */
  private final Map<String, String> listening = new ConcurrentHashMap<>();

  NodeTls(ClusterSettings settings) throws ClusterException {
    settings.nodes().forEach((node, address) -> listens(address.toString(), node));
    NodeCertificate own = NodeCertificate.of(settings);
    config =
        GrpcTlsConfig.newBuilder()
            .setKeyManager(new OwnKey(own.chain(), own.key()))
            .setTrustManager(new Trust(own.authority()))
            .setMutualTls(true)
            .setSslProvider(SslProvider.JDK)
            .setProtocols("TLSv1.3")
            .build();
  }

  /** Makes connections to the address expect this node. */
  void listens(String address, String node) {
    listening.put(address, node);
  }

  GrpcTlsConfig config() {
    return config;
  }

  SslContext forClient() {
    return GrpcUtil.buildSslContextForClient(config);
  }

  /** The alternative names of a certificate. */
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
      return new TreeSet<>(); // none is readable
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
      throw new CertificateException("the expected node is not known");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authority.getAcceptedIssuers();
    }
  }
}
