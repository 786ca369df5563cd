package io.ppmq.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A disk with an ext4 file system in a file, mounted on a directory. It can lose its power, so that
 * unsynced data is gone by the rules of the file system; it can be full; and it can be replaced by
 * an empty disk or by an older copy.
 */
final class MachineDisk implements Closeable {
  private static final String PROGRAM = "powerloss";
  private static final long FILLED_AT_MOST = 1L << 31;

  private final Path directory;
  private final Path bootId;
  private final Path filler;
  private Path image;
  private int losses;

  /** A new disk, mounted on the directory; skips the test if that is not possible. */
  MachineDisk(Path directory, int mebibytes) throws IOException, InterruptedException {
    Requirement.root();
    Requirement.programs("cc", "mkfs.ext4", "mount");
    assumeTrue(CProgram.isMade(PROGRAM), "needs cc");
    this.directory = Files.createDirectories(directory);
    this.image = directory.resolveSibling(directory.getFileName() + ".disk");
    this.bootId = directory.resolveSibling(directory.getFileName() + ".boot");
    this.filler = directory.resolve("filler");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes << 20);
    }
    run("mkfs.ext4", "-q", "-m", "0", image.toString());
    assumeTrue(status(mount()) == 0, "needs loop devices");
    boot();
    clear();
  }

  private String[] mount() {
    return new String[] {"mount", "-o", "loop", image.toString(), directory.toString()};
  }

  /** Starts the machine: the system gives each start another id. */
  private void boot() throws IOException {
    Files.writeString(bootId, UUID.randomUUID() + "\n");
  }

  /**
   * The beginning of a command on the machine of this disk, without the other disks, in its own
   * mount namespace, as {@link HostileNetwork#on} makes one: a file system lives as long as any
   * process has it mounted.
   */
  List<String> in(List<MachineDisk> all) {
    String script =
        "boot=$1 && shift && while [ $1 != . ]; do umount $1; shift; done && shift"
            + " && mount --bind $boot /proc/sys/kernel/random/boot_id && exec \"$@\"";
    List<String> command = new ArrayList<>(List.of("sh", "-c", script, "in", bootId.toString()));
    all.stream().filter(disk -> disk != this).forEach(d -> command.add(d.directory.toString()));
    command.add(".");
    return command;
  }

  /** Drops unsynced data, and refuses further writes. */
  void losePower() throws IOException, InterruptedException {
    run(CProgram.path(PROGRAM).toString(), directory.toString());
  }

  /**
   * Ends the loss of power, when no process has a file open here. Mounts a copy of the disk:
   * another program's mount namespace, made meanwhile, may keep the old mount alive, and the same
   * file would be mounted as the file system that lost its power.
   */
  void getPower() throws IOException, InterruptedException {
    run("umount", directory.toString());
    Path before = image;
    losses++;
    image = directory.resolveSibling(directory.getFileName() + ".disk." + losses);
    run("cp", "--sparse=always", before.toString(), image.toString());
    Files.delete(before);
    run(mount());
    boot();
  }

  /** Takes all space. */
  void fill() throws IOException {
    byte[] piece = new byte[1 << 20];
    try (RandomAccessFile file = new RandomAccessFile(filler.toFile(), "rw")) {
      for (int length = piece.length; length > 0; length /= 2) {
        try {
          while (file.length() < FILLED_AT_MOST) {
            file.seek(file.length());
            file.write(piece, 0, length);
          }
        } catch (IOException full) {
          // try a smaller piece
        }
      }
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(filler);
  }

  /** Removes all files. */
  void clear() throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).filter(f -> !f.equals(directory)).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    if (status(command) != 0) {
      throw new IOException(List.of(command) + " failed");
    }
  }

  private static int status(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    return process.waitFor(1, TimeUnit.MINUTES) ? process.exitValue() : -1;
  }

  @Override
  public void close() throws IOException {
    try {
      status("umount", "-l", directory.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(image);
    Files.deleteIfExists(bootId);
  }
}
