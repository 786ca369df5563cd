package io.ppmq.cli.output;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a broker writes its log. */
public enum LogFormat {
  /** Lines for people, or, where the journal reads them, without the time that it knows. */
  TEXT,

  /** A line of JSON each. */
  JSON;

  private static final String OPTION = "--log-format";

  /** The one of this name; null when there is none. */
  public static @Nullable LogFormat named(String name) {
    return switch (name) {
      case "text" -> TEXT;
      case "json" -> JSON;
      default -> null;
    };
  }

  /**
   * The format that a command line names, found without parsing the rest: the last option counts.
   * Null when it names none, or something that is no format.
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

  /** The command line without it, where it says it in one word and is right. */
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
