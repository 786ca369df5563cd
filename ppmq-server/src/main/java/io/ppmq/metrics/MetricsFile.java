package io.ppmq.metrics;

import io.ppmq.system.IoReason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the metrics to a file, at once and every {@value #SECONDS} seconds, for the textfile
 * collector of node_exporter. Each write replaces the file by renaming, so a reader sees the whole
 * new file or the one before; the file is removed at the end, because its numbers would otherwise
 * stay. A failure to write is logged once, and the write is tried again.
 */
public final class MetricsFile {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final int SECONDS = 15;

  /** Readable for all users: node_exporter has its own user. */
  private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r--r--");

  /** Without this prefix the names would be those of node_exporter's own metrics. */
  private static final String PROCESS = "ppmq_process_";

  private static final int STACK_BYTES = 256 << 10;

  private final Metrics metrics;
  private final Path file;
  private final Path unfinished;
  private final Thread thread;
  private boolean failing;

  private MetricsFile(Metrics metrics, Path file) {
    this.metrics = metrics;
    this.file = file;
    // Not .prom: no collector must read it before it is finished.
    this.unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    this.thread = new Thread(null, this::run, "ppmq-metrics", STACK_BYTES);
  }

  /** Begins to write, on a new thread. */
  public static MetricsFile start(Metrics metrics, Path file) {
    MetricsFile writing = new MetricsFile(metrics, file);
    writing.thread.setDaemon(true);
    writing.thread.start();
    return writing;
  }

  private void run() {
    try {
      while (true) {
        write();
        TimeUnit.SECONDS.sleep(SECONDS);
      }
    } catch (InterruptedException e) {
      remove();
    }
  }

  private void write() throws InterruptedException {
    try {
      Files.deleteIfExists(unfinished);
      // CREATE_NEW follows no link and opens no file that another user put there.
      try (OutputStream out =
          Files.newOutputStream(
              unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        MetricsText text = metrics.text(Format.PROMETHEUS, PROCESS);
        for (byte[] portion = text.next(); portion != null; portion = text.next()) {
          out.write(portion);
        }
      }
      Files.getFileAttributeView(
              unfinished, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setPermissions(MODE);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      failing = false;
    } catch (IOException | IllegalStateException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (!failing) {
        LOG.warn("MetricsFile {} cannot be written, it is tried again: {}", file, reason(e));
      }
      failing = true;
    }
  }

  private void remove() {
    try {
      Files.deleteIfExists(unfinished);
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("MetricsFile {} cannot be removed: {}", file, reason(e));
    }
  }

  private static @Nullable String reason(Exception e) {
    return e instanceof IOException io ? IoReason.words(io, "directory") : e.getMessage();
  }

  /** Ends the thread and removes the file; blocks until that is done. */
  public void stop() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
