package io.ppmq.cli.serve;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages of the program's files in the memory of this process: the JVM, RocksDB, the archive of
 * loaded classes. With each touched page the kernel maps the pages around it, and most pages that a
 * start touches are not needed again: they would be two thirds of an idle broker. So this class
 * releases them whenever there are many. Needed pages come back from the page cache, at a
 * microsecond for sixteen pages.
 *
 * <p>The JDK releases the pages of its own mapped buffers only, so this class uses the JDK's
 * internal method, which the launcher opens ({@code --add-opens}). If it is not open, or there is
 * no {@code /proc}, the pages stay.
 */
public final class ProgramPages {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final Path STATUS = Path.of("/proc/self/status");

  /** More than an idle broker needs, and less than a broker has after its start or at work. */
  private static final long KIB_MAX = 28 * 1024;

  private static final long PAUSE_MILLIS = 2000;

  /** The time after which the pages that only the start needs are no longer needed. */
  private static final long AFTER_START_MILLIS = 500;

  /** The number of releases per reading of all mappings, for which the kernel counts all pages. */
  private static final int PASSES_OF_ONE_LOOK = 30;

  private final Method unload;
  private List<String> ranges = List.of();
  private int passes;

  private ProgramPages() throws ReflectiveOperationException {
    this.unload =
        Class.forName("java.nio.MappedMemoryUtils")
            .getDeclaredMethod("unload", long.class, boolean.class, long.class);
    unload.setAccessible(true);
  }

  /** Keeps the number of pages small; returns only if that is not possible. */
  static void keepFew() throws InterruptedException {
    try {
      ProgramPages pages = new ProgramPages();
      Thread.sleep(AFTER_START_MILLIS);
      while (true) {
        if (residentKib() > KIB_MAX) {
          pages.letGo();
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (IOException | ReflectiveOperationException | InaccessibleObjectException e) {
      LOG.debug("pages of the program stay in memory: {}", e.toString());
    }
  }

  /** Releases the pages once, however few they are. */
  public static void letGoOnce() throws IOException, ReflectiveOperationException {
    new ProgramPages().letGo();
  }

  private static long residentKib() throws IOException {
    try (BufferedReader status = Files.newBufferedReader(STATUS)) {
      for (String line = status.readLine(); line != null; line = status.readLine()) {
        if (line.startsWith("RssFile:")) {
          return Long.parseLong(line.substring("RssFile:".length(), line.length() - 2).strip());
        }
      }
    }
    return 0;
  }

  /**
   * Releases the pages of mappings from a list that may be a minute old: these mappings stay to the
   * end of the process.
   */
  private void letGo() throws IOException, ReflectiveOperationException {
    if (passes++ % PASSES_OF_ONE_LOOK == 0) {
      ranges = readOnlyFiles();
    }
    for (String range : ranges) {
      letGo(range);
    }
  }

  /**
   * The kernel can restore a page that is the same as in its file: in a mapping that is not
   * writable and never was. If the JVM had to move the archive, its mapping was.
   */
  private static List<String> readOnlyFiles() throws IOException {
    List<String> found = new ArrayList<>();
    try (BufferedReader mappings = Files.newBufferedReader(MAPPINGS)) {
      String range = null;
      for (String line = mappings.readLine(); line != null; line = mappings.readLine()) {
        if (!Character.isUpperCase(line.charAt(0))) {
          range = readOnlyFile(line);
        } else if (range != null && line.startsWith("Anonymous:") && line.endsWith(" 0 kB")) {
          found.add(range);
        }
      }
    }
    return found;
  }

  /**
   * The addresses of {@code 7f00-7f80 r-xp 00000000 fd:00 42 /usr/lib/…/libjvm.so}, if it stays and
   * is not writable.
   */
  private static @Nullable String readOnlyFile(String mapping) {
    int blank = mapping.indexOf(' ');
    boolean writable = mapping.charAt(blank + 2) == 'w';
    return writable || !stays(mapping) ? null : mapping.substring(0, blank);
  }

  /**
   * Whether the file is mapped from the start to the end of the process. The addresses of any other
   * mapping might have a new use by the time the pages are released.
   */
  private static boolean stays(String mapping) {
    String file = mapping.substring(mapping.lastIndexOf('/') + 1);
    return file.equals("libjvm.so")
        || (file.startsWith("librocksdbjni") && file.endsWith(".so"))
        || file.endsWith(".jsa")
        || file.endsWith(".aot")
        || file.equals("modules");
  }

  private void letGo(String range) throws ReflectiveOperationException {
    int dash = range.indexOf('-');
    long start = Long.parseUnsignedLong(range.substring(0, dash), 16);
    long end = Long.parseUnsignedLong(range.substring(dash + 1), 16);
    unload.invoke(null, start, false, end - start);
  }
}
