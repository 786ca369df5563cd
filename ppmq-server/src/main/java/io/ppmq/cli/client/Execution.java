package io.ppmq.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.process.Arguments;
import io.ppmq.client.ReceivedMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a shell command for one message. */
final class Execution {
  private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

  private Execution() {}

  /**
   * How a command ended.
   *
   * @param lastLine the last line of its stderr that is not blank; empty if there is none
   */
  record Result(int status, String lastLine) {}

  /**
   * Runs the command and waits for it. An interrupt ends the command.
   *
   * @param err gets the stderr of the command
   */
  static Result run(String command, String topic, ReceivedMessage message, PrintStream err)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", command).redirectOutput(Redirect.INHERIT);
    Map<String, String> env = builder.environment();
    Arguments.restoreLocale(env);
    env.put("PPMQ_TOPIC", topic);
    env.put("PPMQ_KEY", message.key().replace("\0", "")); // an environment cannot hold NUL
    env.put("PPMQ_PRIORITY", Integer.toString(message.priority()));
    env.put("PPMQ_ATTEMPT", Integer.toString(message.attempt()));
    Process process = builder.start();
    LastLine lastLine = new LastLine(process.getErrorStream(), err);
    try {
      feed(process, message.payloadText());
      int status = process.waitFor();
      return new Result(status, lastLine.await());
    } finally {
      process.destroy();
    }
  }

  /** Only the exit status of a command counts: it need not read its input. */
  private static void feed(Process process, String payload) {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(payload.getBytes(UTF_8));
    } catch (IOException e) {
      LOG.debug("the command did not read all of its input: {}", e.getMessage());
    }
  }
}
