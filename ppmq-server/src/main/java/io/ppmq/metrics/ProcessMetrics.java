package io.ppmq.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resources of this process, by default under the names that all clients of Prometheus use.
 * Values that the system does not provide are omitted.
 */
final class ProcessMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMetrics.class);
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path OPEN = Path.of("/proc/self/fd");
  private static final String RESIDENT = "VmRSS:";

  private ProcessMetrics() {}

  /**
   * Writes the metrics.
   *
   * @param prefix the beginning of their names: {@code process_}, or another in a place with the
   *     metrics of other programs
   */
  static void write(Exposition out, String prefix) {
    try {
      long residentBytes = residentBytes(Files.readString(STATUS));
      out.gauge(prefix + "resident_memory_bytes", "Resident memory size in bytes.")
          .sample(residentBytes);
      long open = open();
      out.gauge(prefix + "open_fds", "Number of open file descriptors.").sample(open);
    } catch (IOException e) {
      LOG.debug("nothing is known of this process: {}", e.getMessage());
    }
    ProcessHandle.Info info = ProcessHandle.current().info();
    Optional<Duration> used = info.totalCpuDuration();
    if (used.isPresent()) {
      out.counter(prefix + "cpu_seconds_total", "Total user and system CPU time spent in seconds.")
          .milliseconds(used.get().toMillis());
    }
    Optional<Instant> start = info.startInstant();
    if (start.isPresent()) {
      out.gauge(prefix + "start_time_seconds", "Start time of the process since unix epoch.")
          .milliseconds(start.get().toEpochMilli());
    }
  }

  private static long residentBytes(String status) throws IOException {
    return status
            .lines()
            .filter(line -> line.startsWith(RESIDENT))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow(() -> new IOException("no " + RESIDENT + " in " + STATUS))
        << 10;
  }

  private static long open() throws IOException {
    try (Stream<Path> files = Files.list(OPEN)) {
      return files.count();
    }
  }
}
