package io.ppmq.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Printable;
import io.ppmq.message.Rfc3339;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * stderr, and the log on it. A line of the log begins with the time; if systemd's journal reads it,
 * with its priority in the form of sd-daemon(3), since the journal knows the time. Any other line
 * is an error, and stays unchanged.
 *
 * <p>As {@link LogFormat#JSON} every line is an object with {@code time}, {@code level} and {@code
 * message}, errors and the lines of stack traces too; for the journal a priority precedes it.
 *
 * <p>The logging library could write the time too. But the JDK's formats read a locale's rules
 * first, which took a sixth of the start.
 */
final class ErrorStream extends PrintStream {
  /** The priority of a line that is no warning. */
  static final String INFO = "<6>";

  private static final String ERROR = "<3>";
  private static final Map<String, String> PRIORITIES =
      Map.of("ERROR", ERROR, "WARN", "<4>", "INFO", INFO, "DEBUG", "<7>", "TRACE", "<7>");

  private final boolean journal;
  private final boolean json;
  private final LongSupplier nowMillis;
  private final TimeZone zone;

  /**
   * A stream of lines.
   *
   * @param journal whether systemd's journal reads it
   * @param json whether each line is an object
   * @param nowMillis the wall clock
   */
  ErrorStream(
      OutputStream out, boolean journal, boolean json, LongSupplier nowMillis, TimeZone zone) {
    super(out, true, UTF_8);
    this.journal = journal;
    this.json = json;
    this.nowMillis = nowMillis;
    this.zone = zone;
  }

  /** The process's stderr. Becomes the log's, if nothing was logged before. */
  static PrintStream over(OutputStream stderr, LogFormat format, Map<String, String> env) {
    boolean journal = isJournal("2", env);
    PrintStream stream =
        new ErrorStream(
            stderr,
            journal,
            format == LogFormat.JSON,
            System::currentTimeMillis,
            TimeZone.getDefault());
    System.setErr(stream);
    return stream;
  }

  /**
   * Whether a descriptor of this process is the stream to the journal, by the device and inode that
   * systemd named: the output of a program that systemd started may go elsewhere.
   */
  static boolean isJournal(String descriptor, Map<String, String> env) {
    String stream = env.getOrDefault("JOURNAL_STREAM", "");
    if (stream.isEmpty()) {
      return false;
    }
    Path file = Path.of("/proc/self/fd", descriptor);
    try {
      return stream.equals(
          Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino"));
    } catch (IOException e) {
      return false; // no /proc here: as if it were a terminal
    }
  }

  @Override
  public void println(@Nullable String line) {
    String text = Printable.lines(String.valueOf(line));
    int blank = text.indexOf(' ');
    String level = blank < 0 ? "" : text.substring(0, blank);
    String priority = PRIORITIES.get(level);
    if (json) {
      text = priority == null ? object("ERROR", text) : object(level, text.substring(blank + 1));
    } else if (journal) {
      text =
          priority == null ? prefixed(ERROR, text) : prefixed(priority, text.substring(blank + 1));
    } else if (priority != null) {
      text = time() + ' ' + text;
    }
    super.println(text);
  }

  /** A line of a stack trace. */
  @Override
  public void println(@Nullable Object line) {
    String text = String.valueOf(line);
    super.println(json ? object("ERROR", text) : journal ? prefixed(ERROR, text) : text);
  }

  /** A line of the log as an object. */
  private String object(String level, String message) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("time", Rfc3339.text(Instant.ofEpochMilli(nowMillis.getAsLong())));
    fields.put("level", level.toLowerCase(Locale.ROOT));
    fields.put("message", message);
    return (journal ? PRIORITIES.getOrDefault(level, ERROR) : "") + JsonText.of(fields);
  }

  private static String prefixed(String priority, String text) {
    return priority + text.replace("\n", "\n" + priority);
  }

  /** Now, as {@code 2027-01-02 03:04:05.678}. */
  private String time() {
    long now = nowMillis.getAsLong();
    long local = now + zone.getOffset(now);
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(Math.floorDiv(local, 1000L), 0, ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(24).append(time.toLocalDate()).append(' ');
    pad(text, time.getHour(), 2).append(':');
    pad(text, time.getMinute(), 2).append(':');
    pad(text, time.getSecond(), 2).append('.');
    return pad(text, (int) Math.floorMod(local, 1000L), 3).toString();
  }

  private static StringBuilder pad(StringBuilder text, int number, int digits) {
    String written = Integer.toString(number);
    return text.append("0".repeat(digits - written.length())).append(written);
  }
}
