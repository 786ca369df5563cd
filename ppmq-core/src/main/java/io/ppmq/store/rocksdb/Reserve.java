package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file, {@code ppmq.reserve}, that only reserves space: it is given up when the disk is full, so
 * that acknowledgements can still be written, and made again when there is space. For any thread.
 */
final class Reserve {
  static final long BYTES = 1 << 20;

  /**
   * It is made only if this many bytes are free, so that the space it gives back is not taken at
   * once.
   */
  private static final long FREE_BYTES_MIN = 6 * BYTES;

  private static final int CHUNK_BYTES = 4 << 10;

  private final Path file;
  private final FreeSpace space;

  /** The known size of the file; 0 if it must be checked. */
  private long bytes;

  Reserve(Path directory, FreeSpace space) {
    this.file = directory.resolve("ppmq.reserve");
    this.space = space;
  }

  /**
   * Makes or enlarges the file, if there is space for it.
   *
   * @param quiet whether no write is about to need space: then on a full disk the file takes all
   *     free space, so that the next start and the next acknowledgements have it
   */
  synchronized void restore(boolean quiet) {
    if (bytes == BYTES) {
      return;
    }
    long free = space.bytes();
    if (free < (quiet ? CHUNK_BYTES : FREE_BYTES_MIN)) {
      return;
    }
    try {
      bytes = OwnFile.bytesOrRemoved(file);
      fill(Math.min(BYTES, bytes + free));
    } catch (IOException e) {
      bytes = 0; // another process took the space: the size is checked again
    }
  }

  private void fill(long upTo) throws IOException {
    try (FileChannel channel = OwnFile.open(file)) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
      for (; bytes + CHUNK_BYTES <= upTo; bytes += CHUNK_BYTES) {
        chunk.clear();
        while (chunk.hasRemaining()) {
          channel.write(chunk, bytes + chunk.position());
        }
      }
    }
  }

  /** Whether the file has its full size. */
  synchronized boolean isWhole() {
    return bytes == BYTES;
  }

  /** Gives its space to the next write; false when it had none. */
  synchronized boolean release() {
    bytes = 0;
    return file.toFile().delete();
  }
}
