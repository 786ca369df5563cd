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
 * The input and output of a command; always UTF-8, so that output does not depend on the locale.
 *
 * @param out buffered: flush it when something is complete
 * @param env the environment
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, Map<String, String> env) {
  /** The process's own. */
  public static Terminal of(StandardOutput stdout) {
    return over(stdout, stderr(), LogFormat.TEXT);
  }

  /** The process's stderr, as it is before a terminal is made of it. */
  public static OutputStream stderr() {
    return new FileOutputStream(FileDescriptor.err);
  }

  /** The terminal of a broker: a thread that logs does not wait until the log is read. */
  public static Terminal ofBroker(OutputStream stdout, OutputStream stderr, LogFormat format) {
    return over(stdout, new LogStream(stderr, Terminal::dropped), format);
  }

  /** The logger is asked for no sooner: how it logs is not settled yet when a terminal is made. */
  private static void dropped(long lines) {
    LoggerFactory.getLogger("ppmq").warn("the log was not read: {} lines of it are dropped", lines);
  }

  private static Terminal over(OutputStream stdout, OutputStream stderr, LogFormat format) {
    PrintStream out = new PrintStream(new BufferedOutputStream(stdout), false, UTF_8);
    Map<String, String> env = System.getenv();
    return new Terminal(System.in, out, ErrorStream.over(stderr, format, env), env);
  }

  /**
   * Writes one sentence to stderr, on one line. Names stand in it as they were given, without
   * anything that a terminal would obey.
   */
  public void complain(String sentence) {
    String line = "ppmq: " + Printable.of(sentence.strip());
    err.println((Object) line); // nothing of the log
    err.flush();
  }

  /** Whether a question can be asked: stdin is a terminal. */
  public boolean isInteractive() {
    return in == System.in && isTerminal("0");
  }

  /** Whether stdout is a terminal that wants colours. */
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
