package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Remembers, beside the database, up to which sequence number it was synced: what is found missing
 * at the next start is then known to be lost, or known to have never been promised.
 *
 * <pre>
 *  ppmq.synced:  u64 sequence number | u32 CRC-32C of it | the id of the boot, in letters
 * </pre>
 *
 * <p>Written without a sync of its own: it survives the process exactly, and after a loss of power
 * it may say too little, never too much. The boot tells the two apart: while the machine is up, no
 * written byte can have gone missing. A file that cannot be read counts as no promise at all.
 */
final class SyncedMark implements AutoCloseable {
  private static final String FILE = "ppmq.synced";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final int SLOT_BYTES = 12;
  private static final int FILE_BYTES_MAX = 64;

  private final FileChannel channel;
  private final ManifestMark manifest;
  private final long sequenceBefore;
  private final boolean rebooted;
  private long sequence;

  @SuppressWarnings("MustBeClosedChecker") // closed with this
  SyncedMark(Path directory) throws IOException {
    this.channel =
        FileChannel.open(
            directory.resolve(FILE),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    this.manifest = new ManifestMark(directory);
    ByteBuffer stored = ByteBuffer.allocate(FILE_BYTES_MAX);
    channel.read(stored, 0);
    stored.flip();
    String boot = bootId();
    this.sequenceBefore = sequenceOf(stored);
    this.rebooted = !boot.isEmpty() && wasWrittenIn(stored) && !boot.equals(bootOf(stored));
  }

  /** Up to where the process before this one had synced. */
  long sequenceBefore() {
    return sequenceBefore;
  }

  /** Whether the machine is known to have gone down since the store was last open. */
  boolean rebooted() {
    return rebooted;
  }

  /** How many bytes the MANIFEST lacks that were in it; 0 where a loss of power took them. */
  long manifestBytesMissing() throws IOException {
    return rebooted ? 0 : manifest.missingBytes();
  }

  /** The database was opened anew, with a new MANIFEST. */
  void reopened() throws IOException {
    manifest.begin();
  }

  /** Begins anew with what was found: all of it is on the disk. */
  synchronized void begin(long recovered) throws IOException {
    manifest.begin();
    sequence = recovered;
    byte[] boot = bootId().getBytes(US_ASCII);
    channel.write(slot(recovered, SLOT_BYTES + boot.length).put(boot).flip(), 0);
  }

  /** Notes that everything up to this number is on the disk. */
  synchronized void synced(long upTo) throws IOException {
    if (upTo > sequence) {
      sequence = upTo;
      channel.write(slot(upTo, SLOT_BYTES).flip(), 0);
    }
    manifest.note();
  }

  /** Up to where it was synced. */
  synchronized long sequence() {
    return sequence;
  }

  private static ByteBuffer slot(long sequence, int capacity) {
    return ByteBuffer.allocate(capacity).putLong(sequence).putInt(checksum(sequence));
  }

  private static long sequenceOf(ByteBuffer stored) {
    boolean whole = stored.limit() >= SLOT_BYTES && stored.getInt(8) == checksum(stored.getLong(0));
    return whole ? stored.getLong(0) : 0;
  }

  private static boolean wasWrittenIn(ByteBuffer stored) {
    return stored.limit() > SLOT_BYTES;
  }

  private static String bootOf(ByteBuffer stored) {
    return US_ASCII.decode(stored.slice(SLOT_BYTES, stored.limit() - SLOT_BYTES)).toString();
  }

  private static String bootId() throws IOException {
    return Files.isReadable(BOOT_ID) ? Files.readString(BOOT_ID, US_ASCII).strip() : "";
  }

  private static int checksum(long sequence) {
    CRC32C crc = new CRC32C();
    crc.update(Keys.u64(sequence), 0, Long.BYTES);
    return (int) crc.getValue();
  }

  @Override
  public synchronized void close() throws IOException {
    manifest.close();
    channel.close();
  }
}
