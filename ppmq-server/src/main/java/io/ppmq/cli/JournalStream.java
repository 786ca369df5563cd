package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * stderr where systemd's journal reads it: each line begins with its priority, as sd-daemon(3) has
 * it, and not with the time, which the journal knows. What is not of the log is an error.
 */
final class JournalStream extends PrintStream {
  private static final String ERROR = "<3>";
  private static final Map<String, String> PRIORITIES =
      Map.of("ERROR", ERROR, "WARN", "<4>", "INFO", "<6>", "DEBUG", "<7>", "TRACE", "<7>");

  private JournalStream(OutputStream stderr) {
    super(stderr, true, UTF_8);
  }

  /** The process's stderr, and from now on the log's, if nothing was logged yet. */
  static PrintStream over(OutputStream stderr, Map<String, String> env) {
    boolean journal = isRead(env.getOrDefault("JOURNAL_STREAM", ""));
    if (journal) {
      System.setProperty("org.slf4j.simpleLogger.showDateTime", "false");
    }
    PrintStream stream = journal ? new JournalStream(stderr) : new PrintStream(stderr, true, UTF_8);
    System.setErr(stream);
    return stream;
  }

  /** Whether stderr still is what systemd says it was: device and inode of the journal's pipe. */
  private static boolean isRead(String stream) {
    if (stream.isEmpty()) {
      return false;
    }
    Path stderr = Path.of("/proc/self/fd/2");
    try {
      return stream.equals(
          Files.getAttribute(stderr, "unix:dev") + ":" + Files.getAttribute(stderr, "unix:ino"));
    } catch (IOException e) {
      return false; // no /proc here: as if it were a terminal
    }
  }

  @Override
  public void println(@Nullable String line) {
    String text = String.valueOf(line);
    int blank = text.indexOf(' ');
    String priority = blank < 0 ? null : PRIORITIES.get(text.substring(0, blank));
    super.println(
        priority == null ? prefixed(ERROR, text) : prefixed(priority, text.substring(blank + 1)));
  }

  /** A line of a stack trace. */
  @Override
  public void println(@Nullable Object line) {
    super.println(prefixed(ERROR, String.valueOf(line)));
  }

  private static String prefixed(String priority, String text) {
    return priority + text.replace("\n", "\n" + priority);
  }
}
