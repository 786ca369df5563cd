package io.ppmq.cluster.ratis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Small files that a node needs at its next start. */
final class KeptFile {
  private KeptFile() {}

  /**
   * Replaces the content of a file by a text. When this returns, the text is on the disk; after a
   * loss of power before that, the file has the old content or the text. Blocks for the disk.
   */
  static void write(Path file, String text) throws IOException {
    Path written = file.resolveSibling(file.getFileName() + ".new");
    Files.write(written, text.getBytes(UTF_8));
    force(written);
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    Path directory = file.getParent();
    if (directory != null) {
      force(directory);
    }
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
