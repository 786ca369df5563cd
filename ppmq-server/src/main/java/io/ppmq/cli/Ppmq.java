package io.ppmq.cli;

import io.ppmq.cli.output.LogFormat;
import io.ppmq.cli.output.StandardOutput;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.Arguments;
import io.ppmq.cli.serve.ReloadSignal;
import io.ppmq.cli.serve.ServeCommand;
import java.nio.file.Path;
import java.util.Set;

/** The program. */
public final class Ppmq {
  private static final Set<String> CONFIG = Set.of("-c", "--config");

  private Ppmq() {}

  /** Runs the command and ends the process with its status. */
  public static void main(String[] args) {
    boolean serve = args.length > 0 && args[0].equals("serve");
    if (serve) {
      ReloadSignal.listen(); // first of all: until then SIGHUP is lost
    }
    StandardOutput stdout = new StandardOutput();
    LogFormat format = LogFormat.in(args);
    Terminal terminal =
        serve
            ? Terminal.ofBroker(stdout, Terminal.stderr(), format == null ? LogFormat.TEXT : format)
            : Terminal.of(stdout);
    String fault = Arguments.fault(args);
    if (fault != null) {
      terminal.complain(fault);
    }
    int status = fault == null ? run(terminal, args) : Status.USAGE;
    terminal.out().flush();
    String lost = stdout.reason();
    if (lost != null) {
      terminal.complain("cannot write to standard output: " + lost);
    }
    System.err.close();
    System.exit(lost != null && status == Status.DONE ? Status.FAILED : status);
  }

  /**
   * Runs the command within this process and returns its exit status.
   *
   * <p>{@code serve} in its plain form avoids the command line library. Its classes would stay in
   * the broker's memory (2 to 3 MB, since they are too old for an archive of loaded classes), and
   * to read its annotations takes a fifth of the start.
   */
  static int run(Terminal terminal, String... args) {
    String[] plain = LogFormat.without(args);
    boolean serve = plain.length > 0 && plain[0].equals("serve");
    if (serve && plain.length == 1) {
      return serve(new ServeCommand(terminal), terminal);
    }
    if (serve && plain.length == 3 && CONFIG.contains(plain[1])) {
      return serve(new ServeCommand(terminal, Path.of(plain[2])), terminal);
    }
    return Commands.run(terminal, args);
  }

  private static int serve(ServeCommand serve, Terminal terminal) {
    try {
      return serve.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Status.FAILED;
    } catch (Exception e) {
      return Commands.failed(terminal, e);
    }
  }
}
