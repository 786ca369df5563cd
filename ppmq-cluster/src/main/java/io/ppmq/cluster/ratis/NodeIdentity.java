package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.store.rocksdb.Replica;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a disk, in the file {@code ppmq.node}: the name of the node, a word that no other
 * disk has, and the group after it became a member. Ratis knows a node by name and word together;
 * so an empty disk, which has no record of its votes, is never taken for a lost one.
 */
record NodeIdentity(String node, String disk, @Nullable UUID group) {
  private static final String FILE = Replica.NODE_FILE;
  private static final int DISK_BYTES = 6;

  /** Reads the identity of a data path, or makes and saves one if there is none. */
  static NodeIdentity of(Path dataPath, String node) throws ClusterException {
    NodeIdentity known = read(dataPath, node);
    if (known != null) {
      return known;
    }
    byte[] disk = new byte[DISK_BYTES];
    new SecureRandom().nextBytes(disk);
    NodeIdentity made = new NodeIdentity(node, HexFormat.of().formatHex(disk), null);
    try {
      made.keep(dataPath);
    } catch (IOException e) {
      Path file = dataPath.resolve(FILE);
      throw new ClusterException(file + " cannot be used: " + IoReason.words(e, "file"), e);
    }
    return made;
  }

  /** Reads it; null for a data path that has none. */
  static @Nullable NodeIdentity read(Path dataPath, String node) throws ClusterException {
    Path file = dataPath.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      List<String> lines = Files.readAllLines(file);
      if (lines.size() < 3) {
        throw new ClusterException(file + " is damaged: it has " + lines.size() + " lines");
      }
      if (!lines.get(0).equals(node)) {
        throw new ClusterException(
            "DataPath "
                + dataPath
                + " belongs to the node "
                + lines.get(0)
                + ", and this is "
                + node);
      }
      String group = lines.get(2);
      return new NodeIdentity(node, lines.get(1), group.isEmpty() ? null : UUID.fromString(group));
    } catch (IOException e) {
      throw new ClusterException(file + " cannot be used: " + IoReason.words(e, "file"), e);
    } catch (IllegalArgumentException e) {
      throw new ClusterException(file + " is damaged: its third line is no name of a group", e);
    }
  }

  /** Adds a group, and saves that on the disk before it returns. */
  NodeIdentity in(Path dataPath, UUID newGroup) throws ClusterException {
    NodeIdentity changed = new NodeIdentity(node, disk, newGroup);
    try {
      changed.keep(dataPath);
    } catch (IOException e) {
      throw new ClusterException("cannot write to DataPath " + dataPath + ": " + IoReason.of(e), e);
    }
    return changed;
  }

  /** Removes the identity. */
  static void remove(Path dataPath) throws IOException {
    Files.deleteIfExists(dataPath.resolve(FILE));
  }

  private void keep(Path dataPath) throws IOException {
    String text = node + '\n' + disk + '\n' + (group == null ? "" : group) + '\n';
    KeptFile.write(dataPath.resolve(FILE), text);
  }

  RaftPeerId peerId() {
    return peerId(node, disk);
  }

  @Nullable RaftGroupId groupId() {
    return group == null ? null : RaftGroupId.valueOf(group);
  }

  /** The failure of a node that does not have the disk of its membership. */
  static ClusterException otherDisk(String node) {
    return new ClusterException(
        "the cluster has a member "
            + node
            + " with another disk: 'ppmq cluster replace "
            + node
            + "' admits this one instead");
  }

  static RaftPeerId peerId(String node, String disk) {
    return RaftPeerId.valueOf(node + '.' + disk);
  }

  /** The name of the node that Ratis knows by this id. */
  static String nodeOf(String peerId) {
    int dot = peerId.lastIndexOf('.');
    return dot < 0 ? peerId : peerId.substring(0, dot);
  }

  static String diskOf(String peerId) {
    return peerId.substring(peerId.lastIndexOf('.') + 1);
  }
}
