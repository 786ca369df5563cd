package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file, {@code ppmq.reserve}, that holds nothing but its place: it is given up when the disk is
 * full, so that acknowledgements can still be written, and made again when there is room. For any
 * thread.
 */
final class Reserve {
  static final long BYTES = 1 << 20;

  /** It is made only where so much is free, so that what it gives back is not taken at once. */
  private static final long FREE_BYTES_MIN = 6 * BYTES;

  private static final int CHUNK_BYTES = 64 << 10;

  private final Path file;
  private final FreeSpace space;
  private boolean there;

  Reserve(Path directory, FreeSpace space) {
    this.file = directory.resolve("ppmq.reserve");
    this.space = space;
  }

  /** Makes the file, if it is not there and there is room for it. */
  synchronized void restore() {
    if (there || space.bytes() < FREE_BYTES_MIN) {
      return;
    }
    try {
      there = Files.exists(file) && Files.size(file) == BYTES;
      if (!there) {
        fill();
        there = true;
      }
    } catch (IOException e) {
      there = false; // somebody else took the room: what was made of it is given back
    } finally {
      if (!there) {
        release();
      }
    }
  }

  private void fill() throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
      for (long at = 0; at < BYTES; at += CHUNK_BYTES) {
        chunk.clear();
        while (chunk.hasRemaining()) {
          channel.write(chunk);
        }
      }
    }
  }

  /** Gives its room to whoever writes next; false when there was none to give. */
  synchronized boolean release() {
    there = false;
    return file.toFile().delete();
  }
}
