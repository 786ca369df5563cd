package io.ppmq.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The time of day on a machine, which {@code src/test/c/clockstep.c} can set. */
final class MachineClock {
  private static final String LIBRARY = "clockstep.so";

  private final Path file;

  /** A right clock, which programs read from this file. */
  MachineClock(Path file) throws IOException, InterruptedException {
    assumeTrue(CProgram.isMade(LIBRARY, "-shared", "-fPIC"), "needs cc");
    this.file = file;
    set(Duration.ZERO);
  }

  /** Sets the clock ahead of the right time by this much, or behind it if negative. */
  void set(Duration ahead) throws IOException {
    ByteBuffer step = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(step.putLong(ahead.toNanos()).array());
    }
  }

  /** The beginning of a command whose process reads this clock. */
  List<String> by() {
    return List.of("env", "LD_PRELOAD=" + CProgram.path(LIBRARY), "CLOCKSTEP_FILE=" + file);
  }
}
