package io.ppmq.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The words of the command line. The JVM decodes them by the locale's character set, and replaces
 * undecodable bytes. Words that are not UTF-8 are refused.
 */
public final class Arguments {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  /** The value of LC_ALL before the launcher made the JVM use UTF-8. */
  private static final String LOCALE_BEFORE = "PPMQ_LC_ALL";

  private static final String UNSET = "unset";

  private Arguments() {}

  /** The fault of the words, as a sentence; null if they are as typed. */
  public static @Nullable String fault(String... args) {
    if (Arrays.stream(args).allMatch(Arguments::isAscii)) {
      return null;
    }
    try {
      return fault(Files.readAllBytes(COMMAND_LINE), args);
    } catch (IOException e) {
      return "the command line cannot be read: " + e.getMessage();
    }
  }

  /**
   * Compares the words with their original bytes.
   *
   * @param commandLine all words of the process, a NUL after each; {@code args} are the last of
   *     them
   */
  static @Nullable String fault(byte[] commandLine, String... args) {
    int end = commandLine.length;
    for (int i = args.length - 1; i >= 0; i--) {
      byte[] taken = args[i].getBytes(UTF_8);
      int from = end - 1 - taken.length;
      boolean same =
          from >= 0
              && (from == 0 || commandLine[from - 1] == 0)
              && Arrays.equals(commandLine, from, end - 1, taken, 0, taken.length);
      if (!same) {
        return "argument "
            + (i + 1)
            + " cannot be read as UTF-8: ppMQ takes keys, names and paths in no other encoding (is"
            + " there a locale C.UTF-8?)";
      }
      end = from;
    }
    return null;
  }

  private static boolean isAscii(String word) {
    return word.chars().allMatch(c -> c < 0x80);
  }

  /** Restores the user's locale in the environment of a command. */
  public static void restoreLocale(Map<String, String> env) {
    String before = env.remove(LOCALE_BEFORE);
    if (UNSET.equals(before)) {
      env.remove("LC_ALL");
    } else if (before != null) {
      env.put("LC_ALL", before);
    }
  }
}
