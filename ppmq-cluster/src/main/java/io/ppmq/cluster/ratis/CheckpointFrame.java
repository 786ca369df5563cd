package io.ppmq.cluster.ratis;

import io.ppmq.store.rocksdb.Applied;
import java.util.regex.Pattern;

/**
 * A piece of a checkpoint on the network.
 *
 * <pre>
 *  u8 AT   | u64 term | u64 index    where in the log it is; the first
 *  u8 FILE | name                    what follows goes into this file
 *  u8 DATA | bytes                   at its end
 *  u8 END                            that was all
 * </pre>
 */
final class CheckpointFrame {
  static final byte AT = 1;
  static final byte FILE = 2;
  static final byte DATA = 3;
  static final byte END = 4;
  static final int BYTES = 128 << 10;

  /** The pattern excludes names that lead out of the directory. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}");

  private CheckpointFrame() {}

  static byte[] at(Applied applied) {
    return Form.write(
        out -> {
          out.writeByte(AT);
          out.writeLong(applied.term());
          out.writeLong(applied.index());
        });
  }

  static byte[] file(String name) {
    return Form.write(
        out -> {
          out.writeByte(FILE);
          out.writeUTF(name);
        });
  }

  static byte[] data(byte[] bytes, int count) {
    byte[] frame = new byte[count + 1];
    frame[0] = DATA;
    System.arraycopy(bytes, 0, frame, 1, count);
    return frame;
  }

  static byte[] end() {
    return new byte[] {END};
  }

  /**
   * The name of a file.
   *
   * @throws IllegalArgumentException if it cannot be a file of a checkpoint
   */
  static String name(byte[] frame) {
    String name =
        Form.read(
            frame,
            in -> {
              in.readByte();
              return in.readUTF();
            });
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a file of a checkpoint: " + name);
    }
    return name;
  }
}
