package io.ppmq.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Printable;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * The input and output of a command, always UTF-8, so that output does not depend on the locale.
 *
 * @param out buffered: flush it when something is complete
 * @param env the environment
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, Map<String, String> env) {
  /** The terminal of this process. */
  public static Terminal of(StandardOutput stdout) {
    return over(stdout, stderr(), LogFormat.TEXT);
  }

  /** The process's stderr, without a terminal over it. */
  public static OutputStream stderr() {
    return new FileOutputStream(FileDescriptor.err);
  }

  /** The terminal of a broker: a thread that logs does not wait for the reader of the log. */
  public static Terminal ofBroker(OutputStream stdout, OutputStream stderr, LogFormat format) {
    return over(stdout, new LogStream(stderr, Terminal::dropped), format);
  }

  /** Gets the logger only now: logging is not set up yet when a terminal is made. */
  private static void dropped(long lines) {
    LoggerFactory.getLogger("ppmq").warn("the log was not read: {} lines of it are dropped", lines);
  }

  private static Terminal over(OutputStream stdout, OutputStream stderr, LogFormat format) {
    PrintStream out = new PrintStream(new BufferedOutputStream(stdout), false, UTF_8);
    Map<String, String> env = System.getenv();
    return new Terminal(System.in, out, ErrorStream.over(stderr, format, env), env);
  }

  /** Writes one sentence to stderr, on one line, without characters that a terminal would obey. */
  public void complain(String sentence) {
    String line = "ppmq: " + Printable.of(sentence.strip());
    err.println((Object) line); // not a line of the log
    err.flush();
  }

  /** Writes one line to stdout at once; if the journal reads it, with the priority of news. */
  public void announce(String line) {
    out.println(ErrorStream.isJournal("1", env) ? ErrorStream.INFO + line : line);
    out.flush();
  }

  /** Whether stdin is a terminal, so that a command can ask a question. */
  public boolean isInteractive() {
    return in == System.in && isTerminal("0");
  }

  /** Whether to use colours: stdout is a terminal with colours, and NO_COLOR is not set. */
  public boolean hasColours() {
    String kind = env.getOrDefault("TERM", "dumb");
    if (env.containsKey("NO_COLOR") || kind.equals("dumb")) {
      return false;
    }
    return isTerminal("1");
  }

  /** Whether a file descriptor of this process is a terminal. */
  public static boolean isTerminal(String descriptor) {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd", descriptor)).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
    } catch (IOException e) {
      return false; // no /proc here: plain is right everywhere
    }
  }
}
