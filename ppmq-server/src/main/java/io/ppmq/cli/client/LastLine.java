package io.ppmq.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on the stderr of a command, and remembers the last line that is not blank. The last line
 * gets a line feed if it has none, so that the next output begins on a line of its own.
 */
final class LastLine {
  private static final Logger LOG = LoggerFactory.getLogger(LastLine.class);

  /** A process that the command has left running may keep its stderr open for ever. */
  private static final long AFTER_THE_END_MILLIS = 200;

  /** The most bytes of a reason that the broker keeps. */
  private static final int BYTES_MAX = 1024;

  private final InputStream in;
  private final PrintStream out;
  private final Thread thread = new Thread(this::copy, "ppmq-stderr");
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private volatile String last = "";

  LastLine(InputStream in, PrintStream out) {
    this.in = in;
    this.out = out;
    thread.setDaemon(true);
    thread.start();
  }

  private void copy() {
    byte[] bytes = new byte[8192];
    byte end = '\n';
    try {
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        out.write(bytes, 0, count);
        out.flush();
        for (int i = 0; i < count; i++) {
          take(bytes[i]);
        }
        end = bytes[count - 1];
      }
    } catch (IOException e) {
      LOG.debug("the command's stderr cannot be read: {}", e.getMessage());
    }
    endLine();
    if (end != '\n') {
      out.write('\n');
      out.flush();
    }
  }

  private void take(byte next) {
    if (next == '\n') {
      endLine();
    } else if (line.size() < BYTES_MAX) {
      line.write(next);
    }
  }

  private void endLine() {
    String text = line.toString(UTF_8).strip();
    if (!text.isEmpty()) {
      last = text;
    }
    line.reset();
  }

  /** Returns the last line after the command has ended. */
  String await() throws InterruptedException {
    thread.join(AFTER_THE_END_MILLIS);
    return last;
  }
}
