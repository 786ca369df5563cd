package io.ppmq.store.rocksdb;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.TableProperties;

/**
 * A table's file and its condition.
 *
 * @param file its path
 * @param number the number in its name
 * @param family its column family; -1 if unknown
 * @param entries the number of values that it was made with; -1 if unknown
 * @param damage its damage; null when all of it is readable
 * @param opens whether at least its index is readable
 */
record StoredTable(
    Path file, long number, int family, long entries, @Nullable String damage, boolean opens) {

  static final int UNKNOWN = -1;

  /**
   * Reads all of a table.
   *
   * @param listedFamily its column family in the list of tables, or -1
   */
  static StoredTable read(Path file, int listedFamily) {
    String name = String.valueOf(file.getFileName());
    long number = Long.parseLong(name.substring(0, name.indexOf('.')));
    int family = listedFamily;
    long entries = UNKNOWN;
    boolean opens = false;
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(file.toString());
      opens = true;
      TableProperties properties = reader.getTableProperties();
      int named = family(properties.getColumnFamilyName());
      family = named == UNKNOWN ? listedFamily : named;
      entries = properties.getNumEntries() - properties.getNumRangeDeletions();
      reader.verifyChecksum();
      String damage = family == UNKNOWN ? "it does not name its content" : null;
      return new StoredTable(file, number, family, entries, damage, opens);
    } catch (RocksDBException e) {
      return new StoredTable(file, number, family, entries, String.valueOf(e.getMessage()), opens);
    }
  }

  private static int family(byte @Nullable [] name) {
    List<byte[]> families = Keys.families();
    for (int family = 0; family < families.size(); family++) {
      if (Arrays.equals(families.get(family), name)) {
        return family;
      }
    }
    return UNKNOWN;
  }

  /** Whether any part of it can be used. */
  boolean isUsable() {
    return opens && family != UNKNOWN;
  }
}
