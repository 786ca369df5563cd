package io.ppmq.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.admin.Version;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.config.Address;
import io.ppmq.config.ClusterConfig;
import io.ppmq.config.Config;
import io.ppmq.config.DataPath;
import io.ppmq.config.HostPort;
import io.ppmq.config.SubscriberConfig;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/** Translates a configuration into the settings of a cluster's node. */
public final class NodeSettings {
  private static final int DIGEST_CHARS = 32;
  private static final Address ANYWHERE = new Address.Unix(Path.of("/"));

  private NodeSettings() {}

  public static ClusterSettings of(Config config, ClusterConfig cluster) {
    SortedMap<String, NodeAddress> nodes = new TreeMap<>();
    cluster.nodes().forEach((name, address) -> nodes.put(name, address(address)));
    HostPort listen = cluster.listen();
    return new ClusterSettings(
        cluster.name(),
        cluster.node(),
        address(listen == null ? new HostPort("localhost", 1) : listen), // a relay has none
        nodes,
        cluster.certificate(),
        cluster.key(),
        cluster.ca(),
        cluster.electionTimeout(),
        !cluster.isNode(),
        config.dataPath() instanceof DataPath.Directory data ? data.path() : Path.of("."),
        config.minFreeDiskBytes(),
        Version.current());
  }

  private static NodeAddress address(HostPort from) {
    return new NodeAddress(from.host(), from.port());
  }

  /**
   * A digest of all topics and subscribers with their settings, except the sockets of subscribers,
   * which may differ between machines. If the digests differ, a change of the leader would change
   * the served topics.
   */
  static String digest(Config config) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      config.subscribers().forEach(each -> digest.update(bytes(anywhere(each))));
      config.topics().forEach(each -> digest.update(bytes(each)));
      return HexFormat.of().formatHex(digest.digest()).substring(0, DIGEST_CHARS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static SubscriberConfig anywhere(SubscriberConfig each) {
    return new SubscriberConfig(
        each.name(),
        each.socket() == null ? null : ANYWHERE,
        each.batchSize(),
        each.redeliverOnClose(),
        each.connections(),
        each.user(),
        each.nodes());
  }

  private static byte[] bytes(Record each) {
    return (each + "\n").getBytes(UTF_8);
  }
}
