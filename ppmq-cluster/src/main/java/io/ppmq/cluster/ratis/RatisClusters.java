package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.Clusters;
import io.ppmq.cluster.Leadership;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.Relays;
import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cluster of this module. */
public final class RatisClusters implements Clusters {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** For {@link java.util.ServiceLoader}. */
  public RatisClusters() {}

  @Override
  public void check(ClusterSettings settings) throws ClusterException {
    Engine.prepare();
    NodeCertificate.of(settings).doubts(settings).forEach(LOG::warn);
  }

  @Override
  public Member start(ClusterSettings settings, Leadership leadership, Relays relays)
      throws ClusterException {
    Engine.prepare();
    NodeTls tls = new NodeTls(settings);
    return settings.relay()
        ? new RelayMember(settings, tls, leadership, relays)
        : RatisMember.start(settings, tls, leadership, relays);
  }

  @Override
  public void forceSingle(ClusterSettings settings) throws ClusterException {
    if (settings.relay()) {
      throw new ClusterException(
          "this machine is a relay, and has no data to take out of a cluster");
    }
    Path dataPath = settings.dataPath();
    NodeIdentity identity = NodeIdentity.read(dataPath, settings.node());
    UUID group = identity == null ? null : identity.group();
    if (group == null) {
      throw new ClusterException("DataPath " + dataPath + " belongs to no member of a cluster");
    }
    Engine.prepare();
    Path log = Engine.directory(dataPath);
    try {
      try (Replica replica = Replica.open(dataPath, 0, warning -> LOG.warn(warning))) {
        LogReplay.into(replica, log.resolve(group.toString()));
        replica.sync();
      }
      Replica.release(dataPath, warning -> LOG.warn(warning));
      removeLog(log);
      NodeIdentity.remove(dataPath);
    } catch (StoreException | IOException e) {
      throw new ClusterException(
          "DataPath " + dataPath + " cannot be taken out of its cluster: " + e.getMessage(), e);
    }
  }

  private static void removeLog(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
