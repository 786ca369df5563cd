package io.ppmq.admin;

import io.ppmq.message.Bytes;
import io.ppmq.topic.ExportPosition;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The position where an export continues, as text: {@code 2:1234} in a log, {@code key:…} among the
 * keys, {@code delayed:1800000000000:1234} among delayed messages.
 */
final class ExportForm {
  private static final Pattern IN_LOG = Pattern.compile("(\\d{1,9}):(\\d{1,18})");
  private static final Pattern DELAYED = Pattern.compile("delayed:(\\d{1,18}):(\\d{1,18})");
  private static final String AMONG_KEYS = "key:";

  private ExportForm() {}

  static String text(ExportPosition position) {
    Bytes after = position.after();
    if (position.momentMillis() != null) {
      return "delayed:" + position.momentMillis() + ":" + position.id();
    }
    return after == null ? position.priority() + ":" + position.id() : AMONG_KEYS + after.text();
  }

  /** Null when the text is no position. */
  static @Nullable ExportPosition parse(String text) {
    if (text.startsWith(AMONG_KEYS)) {
      return ExportPosition.after(Bytes.utf8(text.substring(AMONG_KEYS.length())));
    }
    Matcher delayed = DELAYED.matcher(text);
    if (delayed.matches()) {
      return ExportPosition.delayed(
          Long.parseLong(delayed.group(1)), Long.parseLong(delayed.group(2)));
    }
    Matcher inLog = IN_LOG.matcher(text);
    return inLog.matches()
        ? ExportPosition.inLog(Integer.parseInt(inLog.group(1)), Long.parseLong(inLog.group(2)))
        : null;
  }
}
