package io.ppmq.cli.output;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a broker writes its log. */
public enum LogFormat {
  /** Lines for people; without the time if the journal reads them. */
  TEXT,

  /** A JSON object on each line. */
  JSON;

  private static final String OPTION = "--log-format";

  /** The format of this name; null if there is none. */
  public static @Nullable LogFormat named(String name) {
    return switch (name) {
      case "text" -> TEXT;
      case "json" -> JSON;
      default -> null;
    };
  }

  /**
   * The format that a command line names, found without parsing the rest: the last option counts.
   * Null if it names none or an unknown one.
   */
  public static @Nullable LogFormat in(String... args) {
    LogFormat format = null;
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith(OPTION + "=")) {
        format = named(args[i].substring(OPTION.length() + 1));
      } else if (args[i].equals(OPTION) && i + 1 < args.length) {
        format = named(args[i + 1]);
      }
    }
    return format;
  }

  /** The command line without the option, if it is one word and names a known format. */
  public static String[] without(String... args) {
    List<String> rest = new ArrayList<>(args.length);
    for (String arg : args) {
      if (!arg.startsWith(OPTION + "=") || named(arg.substring(OPTION.length() + 1)) == null) {
        rest.add(arg);
      }
    }
    return rest.toArray(String[]::new);
  }
}
