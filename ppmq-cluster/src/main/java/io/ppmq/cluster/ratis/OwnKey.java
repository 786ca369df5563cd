package io.ppmq.cluster.ratis;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The key of this node. The JDK's own manager takes a key from a key store, which has to encrypt it
 * first; that takes a second in a JVM that has just started.
 */
final class OwnKey extends X509ExtendedKeyManager {
  private static final String ALIAS = "node";

  private final X509Certificate[] chain;
  private final PrivateKey key;

  /** {@code chain} begins with the certificate of the node. */
  OwnKey(Collection<X509Certificate> chain, PrivateKey key) {
    this.chain = chain.toArray(X509Certificate[]::new);
    this.key = key;
  }

  private @Nullable String alias(String keyType) {
    return keyType.equals(chain[0].getPublicKey().getAlgorithm()) ? ALIAS : null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    for (String keyType : keyTypes) {
      if (alias(keyType) != null) {
        return ALIAS;
      }
    }
    return null;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return alias(keyType);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return alias.equals(ALIAS) ? chain.clone() : null;
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return alias.equals(ALIAS) ? key : null;
  }

  // ---- what only sockets ask, and none is used ------------------------------------------------

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String chooseServerAlias(String keyType, Principal @Nullable [] issuers, Socket socket) {
    throw new UnsupportedOperationException();
  }
}
