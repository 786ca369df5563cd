package io.ppmq.cluster.ratis;

import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.store.rocksdb.EntryForm;
import org.jspecify.annotations.Nullable;

/**
 * The report of a node about itself.
 *
 * @param cluster the cluster's name
 * @param node its name
 * @param disk the word of the disk; see {@link NodeIdentity}
 * @param group its group; empty while it is not a member
 * @param boot a number that differs at each start of its process
 * @param address its address
 * @param standing its role
 * @param term the last term that it knows
 * @param leader the name of the leader, as far as it knows; empty if there is none
 * @param serves whether it leads with a broker that takes commands
 * @param committed the last entry that it knows to be committed; -1 for none
 * @param applied the last entry that it has applied; -1 for none
 * @param freeBytes free space on its disk
 * @param wallMillis its clock
 * @param config a digest of its topics and subscribers; empty before it is known
 * @param version of its program
 * @param kept the position of its disk; null if unknown, as from an older version
 * @param entryForm the newest form of entries that it reads; sent only with {@code kept}
 * @param room whether its disk has room for what is published, as {@code MinFreeDisk} has it there;
 *     true where it is not said, as by a version before this
 */
record NodeReport(
    String cluster,
    String node,
    String disk,
    String group,
    long boot,
    String address,
    Standing standing,
    long term,
    String leader,
    boolean serves,
    long committed,
    long applied,
    long freeBytes,
    long wallMillis,
    String config,
    String version,
    @Nullable Reached kept,
    int entryForm,
    boolean room) {
  private static final byte FORM = 1;

  byte[] toBytes() {
    return Form.write(
        out -> {
          out.writeByte(FORM);
          out.writeUTF(cluster);
          out.writeUTF(node);
          out.writeUTF(disk);
          out.writeUTF(group);
          out.writeLong(boot);
          out.writeUTF(address);
          out.writeUTF(standing.name());
          out.writeLong(term);
          out.writeUTF(leader);
          out.writeBoolean(serves);
          out.writeLong(committed);
          out.writeLong(applied);
          out.writeLong(freeBytes);
          out.writeLong(wallMillis);
          out.writeUTF(config);
          out.writeUTF(version);
          if (kept != null) {
            out.writeLong(kept.term());
            out.writeLong(kept.index());
            out.writeInt(entryForm);
            out.writeBoolean(room);
          }
        });
  }

  static NodeReport of(byte[] bytes) {
    return Form.read(
        bytes,
        in -> {
          in.readByte(); // later forms have more fields after these
          return new NodeReport(
              in.readUTF(),
              in.readUTF(),
              in.readUTF(),
              in.readUTF(),
              in.readLong(),
              in.readUTF(),
              standing(in.readUTF()),
              in.readLong(),
              in.readUTF(),
              in.readBoolean(),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readUTF(),
              in.readUTF(),
              in.available() == 0 ? null : new Reached(in.readLong(), in.readLong()),
              in.available() == 0 ? EntryForm.FIRST : in.readInt(),
              in.available() == 0 || in.readBoolean());
        });
  }

  private static Standing standing(String name) {
    try {
      return Standing.valueOf(name);
    } catch (IllegalArgumentException newer) {
      return Standing.UNKNOWN;
    }
  }
}
