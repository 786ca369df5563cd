package io.ppmq.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The resources that a process has used so far, from {@code /proc} of Linux.
 *
 * @param cpuNanos processor time, user and system; known to a hundredth of a second
 * @param residentBytes its memory: {@code privateBytes}, and pages from files or shared ones
 * @param privateBytes its private memory
 * @param writtenBytes the bytes that it has caused to be written to disks, as its file systems
 *     count them
 */
public record ProcessUsage(
    long cpuNanos, long residentBytes, long privateBytes, long writtenBytes) {
  /** The unit of {@code /proc}: a hundredth of a second on every platform we run on. */
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final int UTIME = 11;
  private static final int STIME = 12;
  private static final int KIBI = 1024;

  /**
   * The usage of a process now.
   *
   * @throws IOException if it is gone, or belongs to another user
   */
  public static ProcessUsage of(long pid) throws IOException {
    Path directory = Path.of("/proc", Long.toString(pid));
    Map<String, Long> status = numbers(directory.resolve("status"));
    Map<String, Long> io = numbers(directory.resolve("io"));
    long residentBytes = status.getOrDefault("VmRSS", 0L) * KIBI;
    long privateBytes = status.getOrDefault("RssAnon", 0L) * KIBI;
    return new ProcessUsage(
        cpuNanos(directory.resolve("stat")),
        residentBytes,
        privateBytes,
        io.getOrDefault("write_bytes", 0L));
  }

  /**
   * The processor time of each present thread, by name; threads with the same name are added up.
   */
  public static Map<String, Long> threadsCpuNanos(long pid) throws IOException {
    Map<String, Long> threads = new TreeMap<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path task : tasks.toList()) {
        try {
          String name = Files.readString(task.resolve("comm"), UTF_8).strip();
          threads.merge(name, cpuNanos(task.resolve("stat")), Long::sum);
        } catch (NoSuchFileException ended) {
          // the thread ended after it was listed: it does not count
        }
      }
    }
    return threads;
  }

  private static long cpuNanos(Path stat) throws IOException {
    String line = Files.readString(stat, UTF_8);
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) * TICK_NANOS;
  }

  private static Map<String, Long> numbers(Path file) throws IOException {
    Map<String, Long> numbers = new TreeMap<>();
    List<String> lines = Files.readAllLines(file, UTF_8);
    for (String line : lines) {
      String[] words = line.split("[: \t]+", -1);
      if (words.length > 1 && words[1].matches("[0-9]{1,18}")) {
        numbers.put(words[0], Long.parseLong(words[1]));
      }
    }
    return numbers;
  }

  /** The memory that comes from files or is shared. */
  public long fileBytes() {
    return residentBytes - privateBytes;
  }

  /** The processor time and the written bytes since {@code before}; the present memory. */
  public ProcessUsage since(ProcessUsage before) {
    return new ProcessUsage(
        cpuNanos - before.cpuNanos,
        residentBytes,
        privateBytes,
        writtenBytes - before.writtenBytes);
  }

  /** Both processes together. */
  public ProcessUsage plus(ProcessUsage other) {
    return new ProcessUsage(
        cpuNanos + other.cpuNanos,
        residentBytes + other.residentBytes,
        privateBytes + other.privateBytes,
        writtenBytes + other.writtenBytes);
  }
}
