package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the list of tables in a MANIFEST without RocksDB, and writes a new MANIFEST with the found
 * tables.
 *
 * <pre>
 *  a record is an edit, which is a run of fields:
 *    varint tag | what the tag says; from 8192 on always: varint bytes | bytes
 *  read:     which tables were added to which family and deleted; all else is skipped
 *  written:  1 comparator, 2 log number, 3 next file number, 4 last sequence number,
 *            200 column family, 201 its name, 203 the last column family,
 *            100 a table: level, number, bytes, first key, last key, lowest and highest sequence
 * </pre>
 *
 * <p>All tables are written at level 0, where they may overlap, with bounds that include every key.
 * For an iteration, the sequence numbers in the tables decide which value of a key is the newest.
 * Looking up a single key would need the right order, which is unknown.
 */
final class TableList {
  private static final int COMPARATOR = 1;
  private static final int LOG_NUMBER = 2;
  private static final int NEXT_FILE = 3;
  private static final int LAST_SEQUENCE = 4;
  private static final int COMPACT_CURSOR = 5;
  private static final int DELETED = 6;
  private static final int ADDED = 7;
  private static final int PREVIOUS_LOG = 9;
  private static final int MIN_LOG = 10;
  private static final int ADDED_2 = 100;
  private static final int ADDED_3 = 102;
  private static final int ADDED_4 = 103;
  private static final int FAMILY = 200;
  private static final int FAMILY_NAME = 201;
  private static final int FAMILY_DROPPED = 202;
  private static final int LAST_FAMILY = 203;
  private static final int ATOMIC_GROUP = 300;
  private static final int SKIPPABLE = 1 << 13;
  private static final int FIELDS_END = 1;

  private static final long SEQUENCE_MAX = (1L << 56) - 1;
  private static final long SEQUENCE_LAST = 1L << 55;
  private static final int VALUE = 1;
  private static final int KEY_BYTES_AFTER_ALL = 16;

  /**
   * A table in the list.
   *
   * @param number the number of its file
   * @param family the number of its column family
   * @param bytes the size of its file
   */
  record Table(long number, int family, long bytes) {}

  private final Map<Long, Integer> familyByNumber = new TreeMap<>();
  private int family;

  /** Whether there was an edit that ends a list; without one RocksDB opens nothing. */
  private boolean ended;

  private TableList() {}

  // ---- reading --------------------------------------------------------------------------------

  /**
   * The valid tables: their numbers, with the numbers of their column families; null when the file
   * is not conclusive.
   */
  static @Nullable Map<Long, Integer> read(Path manifest) throws IOException {
    TableList list = new TableList();
    List<String> damages = new ArrayList<>();
    RecordFile.read(
        manifest,
        new RecordFile.Found() {
          @Override
          public void record(byte[] payload) {
            if (!list.edit(ByteBuffer.wrap(payload))) {
              damages.add("an unknown edit");
            }
          }

          @Override
          public void damage(long from, long to) {
            damages.add("bytes");
          }
        });
    return damages.isEmpty() && list.ended ? list.familyByNumber : null;
  }

  private boolean edit(ByteBuffer in) {
    family = 0;
    try {
      while (in.hasRemaining()) {
        if (!field((int) varint(in), in)) {
          return false;
        }
      }
      return true;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return false;
    }
  }

  private boolean field(int tag, ByteBuffer in) {
    switch (tag) {
      case NEXT_FILE -> {
        varint(in);
        ended = true;
      }
      case LOG_NUMBER, LAST_SEQUENCE, PREVIOUS_LOG, MIN_LOG -> varint(in);
      case FAMILY -> family = (int) varint(in);
      case LAST_FAMILY, ATOMIC_GROUP -> varint(in);
      case COMPARATOR, FAMILY_NAME -> skip(in);
      case FAMILY_DROPPED -> {}
      case COMPACT_CURSOR -> {
        varint(in);
        skip(in);
      }
      case DELETED -> {
        varint(in);
        familyByNumber.remove(varint(in));
      }
      case ADDED, ADDED_2, ADDED_3, ADDED_4 -> added(tag, in);
      default -> {
        if ((tag & SKIPPABLE) == 0) {
          return false;
        }
        skip(in);
      }
    }
    return true;
  }

  private void added(int tag, ByteBuffer in) {
    varint(in);
    familyByNumber.put(varint(in), family);
    if (tag == ADDED_3) {
      varint(in);
    }
    varint(in);
    skip(in);
    skip(in);
    if (tag != ADDED) {
      varint(in);
      varint(in);
    }
    while (tag == ADDED_4 && varint(in) != FIELDS_END) {
      skip(in);
    }
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number does not end");
  }

  private static void skip(ByteBuffer in) {
    long bytes = varint(in);
    if (bytes < 0 || bytes > in.remaining()) {
      throw new IllegalArgumentException("a field does not end");
    }
    in.position(in.position() + (int) bytes);
  }

  // ---- writing --------------------------------------------------------------------------------

  /** Writes a MANIFEST with these column families, by their numbers, and these tables. */
  static void write(Path manifest, List<byte[]> families, List<Table> tables) throws IOException {
    List<byte[]> edits = new ArrayList<>();
    long next = 2;
    for (int family = 1; family < families.size(); family++) {
      edits.add(new Edit().add(FAMILY, family).add(FAMILY_NAME, families.get(family)).done());
    }
    for (int i = 0; i < tables.size(); i++) {
      edits.add(new Edit().add(FAMILY, tables.get(i).family).table(tables.get(i), i + 1L).done());
      next = Math.max(next, tables.get(i).number + 1);
    }
    byte[] comparator = "leveldb.BytewiseComparator".getBytes(US_ASCII);
    Edit first = new Edit().add(COMPARATOR, comparator).add(LOG_NUMBER, 0).add(NEXT_FILE, next);
    first.add(LAST_SEQUENCE, SEQUENCE_LAST).add(LAST_FAMILY, families.size() - 1L);
    edits.add(0, first.done());
    try (RecordWriter writer = new RecordWriter(manifest)) {
      for (byte[] edit : edits) {
        writer.add(edit);
      }
    }
  }

  /** An edit in the making. */
  private static final class Edit {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Edit add(int tag, long value) {
      varint(tag);
      varint(value);
      return this;
    }

    Edit add(int tag, byte[] value) {
      varint(tag);
      bytes(value);
      return this;
    }

    Edit table(Table table, long sequence) {
      add(ADDED_2, 0);
      varint(table.number);
      varint(table.bytes);
      bytes(key(new byte[0], SEQUENCE_MAX));
      byte[] last = new byte[KEY_BYTES_AFTER_ALL];
      Arrays.fill(last, (byte) 0xFF);
      bytes(key(last, 0));
      varint(sequence);
      varint(sequence);
      return this;
    }

    byte[] done() {
      return out.toByteArray();
    }

    private static byte[] key(byte[] user, long sequence) {
      return ByteBuffer.allocate(user.length + Long.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .put(user)
          .putLong(sequence << 8 | VALUE)
          .array();
    }

    private void bytes(byte[] value) {
      varint(value.length);
      out.writeBytes(value);
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        out.write((int) (rest | 0x80) & 0xFF);
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
