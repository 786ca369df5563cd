package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The resources of a broker at a moment.
 *
 * @param rssBytes memory that is resident ({@code VmRSS} of {@code /proc/PID/status})
 * @param files open files ({@code /proc/PID/fd})
 * @param threads {@code Threads} of {@code /proc/PID/status}
 * @param diskBytes the files in its data directory
 */
record Footprint(long rssBytes, int files, int threads, long diskBytes) {
  /** The open files of the store's tables and logs and of the admin interface vary. */
  private static final int FILES_MORE_MAX = 20;

  /** The JVM's compilers start and end threads as they need them. */
  private static final int THREADS_MORE_MAX = 3;

  static Footprint of(Site site) throws IOException {
    Path process = Path.of("/proc/" + site.broker().pid());
    String[] files = new File(process.toFile(), "fd").list();
    int threads =
        Files.readAllLines(process.resolve("status")).stream()
            .filter(line -> line.startsWith("Threads:"))
            .mapToInt(line -> Integer.parseInt(line.replaceAll("[^0-9]", "")))
            .sum();
    int count = files == null ? 0 : files.length;
    return new Footprint(site.broker().rssBytes(), count, threads, site.dataBytes());
  }

  /** Waits until it uses no more than before, plus this much memory and disk. */
  static Footprint awaitBack(Site site, Footprint before, long rssMore, long diskMore)
      throws Exception {
    Await.until(
        "back to " + before + " and not " + of(site),
        Await.PATIENCE.multipliedBy(2),
        () -> of(site).isWithin(before, rssMore, diskMore));
    Footprint after = of(site);
    System.out.println("from " + before + "\n  to " + after);
    return after;
  }

  private boolean isWithin(Footprint before, long rssMore, long diskMore) {
    return rssBytes <= before.rssBytes + rssMore
        && files <= before.files + FILES_MORE_MAX
        && threads <= before.threads + THREADS_MORE_MAX
        && diskBytes <= before.diskBytes + diskMore;
  }

  void assertRssBelow(long bytes) {
    assertThat(rssBytes).as("RSS of %s", this).isLessThan(bytes);
  }

  @Override
  public String toString() {
    return "RSS %.1f MB, %d files, %d threads, %.1f MB on disk"
        .formatted(rssBytes / 1e6, files, threads, diskBytes / 1e6);
  }
}
