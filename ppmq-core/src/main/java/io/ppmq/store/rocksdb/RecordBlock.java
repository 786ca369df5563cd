package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/**
 * One block of a file of records: RocksDB's write-ahead log or a MANIFEST.
 *
 * <pre>
 *  file:      blocks of 32 KiB; a record never crosses the end of a block, and where less than a
 *             header is left there, zeros fill it
 *  record:    u32 masked CRC-32C of type and payload | u16 length | u8 type | payload
 *             (little-endian)
 *  type:      1 a whole batch; 2, 3, 4 its first, a middle, its last part;
 *             9 and above: remarks on the file
 * </pre>
 */
final class RecordBlock {
  static final int BYTES = 32 * 1024;
  static final int HEADER_BYTES = 7;
  static final int FULL = 1;
  static final int FIRST = 2;
  static final int MIDDLE = 3;
  static final int LAST = 4;

  private static final int LENGTH_AT = 4;
  private static final int TYPE_AT = 6;
  private static final int MASK_DELTA = 0xa282ead8;
  private static final int MASK_ROTATION = 15;

  private final byte[] bytes = new byte[BYTES];
  private final ByteBuffer block = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

  /** Takes the block that begins at {@code base}, or as much as the file has of it. */
  void read(FileChannel channel, long base) throws IOException {
    block.clear();
    while (block.hasRemaining() && channel.read(block, base + block.position()) > 0) {
      // until the block is full or the file ends
    }
    block.flip();
  }

  /** The number of bytes of it that the file has. */
  int limit() {
    return block.limit();
  }

  /** Whether a header fits between {@code at} and the end. */
  boolean hasHeader(int at) {
    return block.limit() - at >= HEADER_BYTES;
  }

  /** Whether a whole record begins at {@code at}, where a header fits. */
  boolean isRecord(int at) {
    int length = length(at);
    return type(at) != 0
        && length <= block.limit() - at - HEADER_BYTES
        && checksum(bytes, at + TYPE_AT, length + 1) == block.getInt(at);
  }

  int type(int at) {
    return block.get(at + TYPE_AT);
  }

  /** The number of bytes of payload in the record. */
  int length(int at) {
    return block.getShort(at + LENGTH_AT) & 0xFFFF;
  }

  /** The index after the record. */
  int end(int at) {
    return at + HEADER_BYTES + length(at);
  }

  /** The bytes of the block; a payload begins {@link #HEADER_BYTES} after its record. */
  byte[] array() {
    return bytes;
  }

  /** A record as it is stored: {@code length} bytes of {@code payload} with their header. */
  static byte[] record(int type, byte[] payload, int from, int length) {
    ByteBuffer part =
        ByteBuffer.allocate(HEADER_BYTES + length).order(ByteOrder.LITTLE_ENDIAN).putInt(0);
    part.putShort((short) length).put((byte) type).put(payload, from, length);
    return part.putInt(0, checksum(part.array(), TYPE_AT, length + 1)).array();
  }

  private static int checksum(byte[] record, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(record, from, length);
    return Integer.rotateRight((int) crc.getValue(), MASK_ROTATION) + MASK_DELTA;
  }
}
