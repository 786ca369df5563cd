package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to use a directory: a lock on the file {@code ppmq.lock} in it, which the operating
 * system takes back when the process dies. The file names the process.
 *
 * <p>Within one process such a lock excludes no other thread, and is lost when any thread closes
 * the file; so the directories that this process holds are also in a set.
 */
final class DirectoryLock implements AutoCloseable {
  /** Its name. */
  static final String FILE = "ppmq.lock";

  private static final int PID_DIGITS_MAX = 20;
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws StoreException when another process holds it, which the message names
   */
  static DirectoryLock take(Path directory) throws IOException {
    Path real = directory.toRealPath();
    if (!HELD.add(real)) {
      throw new StoreException("DataPath " + directory + " is already open in this process");
    }
    try {
      return new DirectoryLock(real, lock(directory));
    } catch (IOException | StoreException e) {
      HELD.remove(real);
      throw e;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // the channel is closed with the lock, or below
  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel = OwnFile.open(directory.resolve(FILE));
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new StoreException(
            "DataPath " + directory + " is held by " + holder(channel) + " (another ppMQ?)");
      }
      // Overwrites the old text, padded: on a full disk there is no room for it anywhere else.
      String own = ownPid();
      String pid = own + " ".repeat(Math.max(0, PID_DIGITS_MAX - own.length())) + "\n";
      channel.write(ByteBuffer.wrap(pid.getBytes(US_ASCII)), 0);
      return channel;
    } catch (IOException | StoreException e) {
      channel.close();
      throw e;
    }
  }

  /** This process's id; the JDK would start a thread that waits for children. */
  private static String ownPid() throws IOException {
    return Path.of("/proc/self").toRealPath().toFile().getName();
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(PID_DIGITS_MAX);
    channel.read(pid, 0);
    String text = new String(pid.array(), 0, pid.position(), US_ASCII).strip();
    return text.matches("[0-9]+") ? "process " + text : "another process";
  }

  /** The directory that is held, by its real name. */
  Path directory() {
    return directory;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("DataPath " + directory + " could not be released", e);
    } finally {
      HELD.remove(directory);
    }
  }
}
