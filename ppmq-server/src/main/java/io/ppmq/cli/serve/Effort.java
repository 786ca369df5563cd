package io.ppmq.cli.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The work of this process: its processor time, and the bytes that it has read and written. */
final class Effort {
  private static final Path IO = Path.of("/proc/self/io");

  /** The most processor time of a process that only waits. */
  private static final long MILLIS_MIN = 200;

  private static final long BYTES_MIN = 256 << 10;

  private long millis = processorMillis();
  private long bytes = bytes();

  /** Whether the process has worked noticeably since the last call. */
  boolean goesOn() {
    long millisBefore = millis;
    long bytesBefore = bytes;
    millis = processorMillis();
    bytes = bytes();
    return millis - millisBefore >= MILLIS_MIN || bytes - bytesBefore >= BYTES_MIN;
  }

  private static long processorMillis() {
    return ProcessHandle.current().info().totalCpuDuration().map(Duration::toMillis).orElse(0L);
  }

  /** 0 if the system does not tell. */
  private static long bytes() {
    try {
      return Files.readString(IO)
          .lines()
          .filter(line -> line.startsWith("rchar:") || line.startsWith("wchar:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    } catch (IOException e) {
      return 0;
    }
  }
}
