package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.File;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The free space on the file system of the data, and the part that must be left to others.
 *
 * <p>Below the minimum no messages may be written, until there is a sixteenth more than it. The
 * writer asks before each commit; the answer comes from the last check, while that found ample
 * space.
 */
final class FreeSpace {
  private static final long MIB = 1 << 20;

  /** The space that a commit takes besides its bytes: a new log, a line in the list of tables. */
  static final long COMMIT_BYTES = MIB / 4;

  /**
   * With this many bytes free, the file system is not asked again before that many were written.
   */
  private static final long AMPLE_BYTES = 64 * MIB;

  private static final long LOOK_BYTES = MIB;
  private static final long MEMTABLES_BYTES_MIN = MIB;
  private static final int MEMTABLES_OF_MIN = 4;
  private static final int MEMTABLES_OF_TOTAL = 32;
  private static final int HYSTERESIS = 16;

  private final Path directory;
  private final File file;
  private volatile long minBytes;
  private boolean low;
  private boolean ample;
  private long writtenSinceLook;

  FreeSpace(Path directory, long minBytes) {
    this.directory = directory;
    this.file = directory.toFile();
    this.minBytes = minBytes;
  }

  /**
   * The number of bytes that can be written to the file system of a directory; the largest number
   * if it is unknown, since nothing must fail for that alone. {@code Files.getFileStore} would fail
   * where the root directory is no mount point, as in a chroot.
   */
  static long in(Path directory) {
    File file = directory.toFile();
    return file.getTotalSpace() == 0 ? Long.MAX_VALUE : file.getUsableSpace();
  }

  /** Leaves this many bytes to others from now on. Any thread. */
  void leave(long changedMinBytes) {
    minBytes = changedMinBytes;
  }

  /** The number of bytes that must be left to others. */
  long minBytes() {
    return minBytes;
  }

  /**
   * The number of bytes that can be written to the file system now; 0 when it does not answer. Any
   * thread.
   */
  long bytes() {
    return file.getUsableSpace();
  }

  /** The size of the file system; 0 when it does not answer. Any thread. */
  long capacityBytes() {
    return file.getTotalSpace();
  }

  /** Warns when the file system can never have as much free space as must be left. */
  void warnOfSmallDisk(Consumer<String> warnings) {
    long total = file.getTotalSpace();
    if (total > 0 && total <= minBytes) {
      warnings.accept(
          "DataPath "
              + directory
              + " is on a file system of "
              + total
              + " bytes, and MinFreeDisk is "
              + minBytes
              + ": every publish is refused");
    }
  }

  /**
   * The total size of the memtables at which all of them can be written to tables in the space that
   * is left when no more messages are taken.
   */
  long memtablesBytes() {
    long most = file.getTotalSpace() / MEMTABLES_OF_TOTAL;
    if (minBytes > 0) {
      most = Math.min(most, minBytes / MEMTABLES_OF_MIN);
    }
    return Math.max(MEMTABLES_BYTES_MIN, Math.min(most, Tuning.MEMTABLES_BYTES));
  }

  /** The reason for not writing messages of this many bytes; null when they may be written. */
  @Nullable String shortage(long messagesBytes) {
    long min = minBytes;
    if (min == 0) {
      low = false;
      return null;
    }
    long free = bytes();
    low = free < (low ? min + min / HYSTERESIS : min);
    if (low) {
      return has(free) + ", below MinFreeDisk, which is " + min + ": nothing is published";
    }
    // Once to the log and once to a table, and the commits of waiting threads must still fit beside
    // it.
    return free < 2 * messagesBytes + COMMIT_BYTES
        ? has(free) + ", too few to publish " + messagesBytes
        : null;
  }

  /**
   * Whether a commit of this many bytes should be tried. The answer may be wrong by then, if others
   * write too.
   */
  boolean hasRoom(long commitBytes) {
    writtenSinceLook += commitBytes;
    if (ample && writtenSinceLook < LOOK_BYTES) {
      return true;
    }
    writtenSinceLook = 0;
    long free = bytes();
    ample = free >= AMPLE_BYTES;
    return free >= commitBytes + COMMIT_BYTES;
  }

  /** The failure of something that was not tried, because this many bytes are missing. */
  StoreException lacks(long neededBytes) {
    return StoreException.noRoom(has(bytes()) + ", too few for the " + neededBytes + " it needs");
  }

  private String has(long free) {
    return "DataPath " + directory + " has " + free + " bytes free";
  }
}
