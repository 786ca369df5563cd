package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * A hash of the content of a replica at one position in the log, equal on all nodes. It covers the
 * visible content. It excludes entries below the mark of a log, of which nodes may have different
 * numbers left, and the position of the replica.
 *
 * <p>Its source stays on the disk until it is closed, so it must not be kept for long.
 */
public final class ContentDigest implements AutoCloseable {
  /** A bound, so that a thread that needs the database for itself does not wait for long. */
  private static final int VALUES_AT_A_TIME = 4096;

  private static final int LOG = 1;

  private final Database database;
  private final Applied at;
  private final Walk walk;
  private final Map<Long, Long> droppedTo = new HashMap<>();
  private final MessageDigest hash;
  private int family;

  /** For the present content of the database. */
  ContentDigest(Database database, Applied at) {
    this.database = database;
    this.at = at;
    try {
      this.hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
    this.walk = database.use(Engine::walk);
  }

  /** The position in the log of the content. */
  public Applied at() {
    return at;
  }

  /**
   * Reads all of it, which may take minutes; to be called once, on any thread.
   *
   * @return hexadecimal digits
   * @throws StoreException when the disk refuses, or the store was opened again or replaced
   *     meanwhile
   */
  public String compute() {
    boolean more = true;
    while (more) {
      more =
          database.use(
              engine -> {
                if (walk.isClosed()) {
                  throw new StoreException(
                      "the store in " + database.directory() + " was opened again meanwhile");
                }
                return step();
              });
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  /** Reads some values; false when there are no more. */
  private boolean step() throws RocksDBException {
    RocksIterator values = walk.iterator(family);
    for (int i = 0; i < VALUES_AT_A_TIME && values.isValid(); i++) {
      byte[] key = values.key();
      byte[] mark = family == LOG ? markOver(key) : null;
      if (mark != null) {
        values.seek(mark);
        continue;
      }
      add(key, values.value());
      values.next();
    }
    if (values.isValid()) {
      return true;
    }
    values.status();
    family++;
    return family < Keys.families().size();
  }

  /** The beginning of the log whose mark is above this key; null for a visible key. */
  private byte @Nullable [] markOver(byte[] key) {
    int topic = ByteBuffer.wrap(key).getInt();
    int priority = Keys.entryPriority(key);
    long to = droppedTo.getOrDefault((long) topic << Integer.SIZE | priority, 0L);
    return Keys.entryId(key) < to ? Keys.entry(topic, priority, to) : null;
  }

  private void add(byte[] key, byte[] value) {
    if (family == 0) {
      StateKey kind = StateKey.of(key);
      if (kind == StateKey.APPLIED) {
        return;
      }
      if (kind == StateKey.LOG_MARK) {
        long log = (long) Keys.stateTopic(key) << Integer.SIZE | Keys.logMarkPriority(key);
        droppedTo.put(log, ByteBuffer.wrap(value).getLong());
      }
    }
    hash.update(
        ByteBuffer.allocate(9).put((byte) family).putInt(key.length).putInt(value.length).flip());
    hash.update(key);
    hash.update(value);
  }

  /** Releases its source on the disk. */
  @Override
  public void close() {
    try {
      database.use(
          engine -> {
            walk.close();
            return true;
          });
    } catch (StoreException | IllegalStateException e) {
      // This is closed before the database is.
    }
  }
}
