package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.Signals;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole terminal, until it is closed. Keys arrive one by one and are not echoed, and the
 * drawing leaves no trace. The program stty sets the terminal, so no native code is needed.
 */
final class Screen implements AutoCloseable {
  /** Keys that are not characters. */
  static final int UP = -1;

  static final int DOWN = -2;

  /** The size of the terminal has changed. */
  static final int RESIZED = -3;

  /** The terminal is gone: no more keys will arrive. */
  static final int GONE = -4;

  /** No key was pressed in time. */
  static final int NONE = -5;

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final File TTY = new File("/dev/tty");
  private static final int ESCAPE = 27;
  private static final long ESCAPE_MILLIS = 30;
  private static final int ROWS_UNKNOWN = 24;
  private static final int COLUMNS_UNKNOWN = 80;

  private final PrintStream out;
  private final String settings;
  private final BlockingQueue<Integer> keys = new LinkedBlockingQueue<>();
  private int rows = ROWS_UNKNOWN;
  private int columns = COLUMNS_UNKNOWN;
  private boolean closed;

  private Screen(PrintStream out, String settings) {
    this.out = out;
    this.settings = settings;
  }

  /** Takes the terminal over. */
  static Screen open(PrintStream out) throws IOException, InterruptedException {
    Screen screen = new Screen(out, stty("-g"));
    stty("-icanon", "-echo", "min", "1", "time", "0", "susp", "undef");
    screen.measure();
    out.print("\033[?1049h\033[?25l");
    Thread reader = new Thread(screen::read, "ppmq-keys");
    reader.setDaemon(true);
    reader.start();
    Signals.on("WINCH", () -> screen.keys.add(RESIZED));
    return screen;
  }

  /** The number of lines on the screen. */
  int rows() {
    return rows;
  }

  /** The number of columns on the screen. */
  int columns() {
    return columns;
  }

  /** Replaces the lines of the screen with these, none wider than the screen. */
  void draw(List<String> lines) {
    StringBuilder frame = new StringBuilder("\033[H");
    for (int i = 0; i < Math.min(rows, lines.size()); i++) {
      frame.append(i == 0 ? "" : "\r\n").append(lines.get(i)).append("\033[K");
    }
    out.print(frame.append("\033[J"));
    out.flush();
  }

  /** Waits for a key, at most this long. */
  int key(long millisMax) throws IOException, InterruptedException {
    Integer key = keys.poll(millisMax, TimeUnit.MILLISECONDS);
    if (key == null) {
      return NONE;
    }
    if (key == RESIZED) {
      measure();
    }
    return key == ESCAPE ? afterEscape() : key;
  }

  /** An arrow is sent as escape, bracket and a letter. */
  private int afterEscape() throws InterruptedException {
    Integer bracket = keys.poll(ESCAPE_MILLIS, TimeUnit.MILLISECONDS);
    if (bracket == null || (bracket != '[' && bracket != 'O')) {
      return NONE;
    }
    Integer letter = keys.poll(ESCAPE_MILLIS, TimeUnit.MILLISECONDS);
    if (letter == null) {
      return NONE;
    }
    return letter == 'A' ? UP : letter == 'B' ? DOWN : NONE;
  }

  private void read() {
    try (InputStream tty = new FileInputStream(TTY)) {
      for (int key = tty.read(); key >= 0; key = tty.read()) {
        keys.add(key);
      }
    } catch (IOException e) {
      LOG.debug("the terminal cannot be read: {}", e.getMessage());
    }
    keys.add(GONE);
  }

  private void measure() throws IOException, InterruptedException {
    String[] size = size();
    if (size.length == 2) {
      rows = number(size[0], ROWS_UNKNOWN);
      columns = number(size[1], COLUMNS_UNKNOWN);
    }
  }

  /** Rows and columns; another number of words if the terminal does not tell them. */
  private static String[] size() throws IOException, InterruptedException {
    return stty("size").split(" ", -1);
  }

  /** The number of columns of the terminal on stdout; no bound if stdout is not a terminal. */
  static int width() {
    try {
      String[] size = Terminal.isTerminal("1") ? size() : new String[0];
      return size.length == 2 ? number(size[1], COLUMNS_UNKNOWN) : Integer.MAX_VALUE;
    } catch (IOException e) {
      return Integer.MAX_VALUE; // no stty, or no terminal to ask
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Integer.MAX_VALUE;
    }
  }

  /** A terminal that does not know its size says that it is 0. */
  private static int number(String text, int otherwise) {
    int number = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    return number > 0 ? number : otherwise;
  }

  /** Runs stty on the terminal; returns its output. */
  private static String stty(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(args));
    Process stty =
        new ProcessBuilder(command)
            .redirectInput(TTY)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(stty.getInputStream().readAllBytes(), UTF_8).strip();
    if (stty.waitFor() != 0) {
      throw new IOException("the terminal cannot be set: stty " + String.join(" ", args));
    }
    return said;
  }

  /** Restores the terminal. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    out.print("\033[?25h\033[?1049l");
    out.flush();
    try {
      stty(settings);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
