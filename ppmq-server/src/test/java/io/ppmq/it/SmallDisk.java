package io.ppmq.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of a few megabytes that a test can fill; closing it removes it. */
final class SmallDisk implements Closeable {
  private static final int PAGE = 4096;

  private final Path root;
  private final Path filler;

  private SmallDisk(Path root) {
    this.root = root;
    this.filler = root.resolve("filler");
  }

  /** Mounts a file system; skips the test if that is not allowed. */
  static SmallDisk mounted(Path root, int mebibytes) throws IOException, InterruptedException {
    Files.createDirectories(root);
    String size = "size=" + mebibytes + "m,mode=0700";
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", size, "tmpfs", root.toString()) == 0, "needs root");
    return new SmallDisk(root);
  }

  private static int run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      return -1; // there is no such program
    }
  }

  long freeBytes() {
    return root.toFile().getUsableSpace();
  }

  /** Takes all free space except this much. */
  void fill(long leaveBytes) throws IOException {
    try (FileOutputStream out = new FileOutputStream(filler.toFile(), true)) {
      while (freeBytes() > leaveBytes) {
        out.write(new byte[PAGE]);
      }
    } catch (IOException e) {
      if (leaveBytes > 0 || freeBytes() > PAGE) {
        throw e;
      }
    }
  }

  /** Gives back what {@link #fill} took. */
  void free() throws IOException {
    Files.deleteIfExists(filler);
  }

  @Override
  public void close() throws IOException {
    try {
      run("umount", "-l", root.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
