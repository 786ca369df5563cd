package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another user of this machine, with a process that connects to sockets and listens on them. */
record OtherUser(String name) {
  /** The line that a script prints when it is at work. */
  static final String UNDER_WAY = "under way";

  private static final String TELL =
      "use Socket; alarm 20; $| = 1; socket(my $s, AF_UNIX, SOCK_STREAM, 0);"
          + " connect($s, sockaddr_un($ARGV[0])) or die \"connect: $!\\n\";"
          + " syswrite($s, $ARGV[1]); my $line = <$s>; print $line;";

  private static final String LISTEN =
      "use Socket; alarm 120; $| = 1; socket(my $l, AF_UNIX, SOCK_STREAM, 0);"
          + " bind($l, sockaddr_un($ARGV[0])) or die \"bind: $!\\n\"; listen($l, 9);"
          + " while (accept(my $c, $l)) { print \"connected\\n\"; while (<$c>) { print } }";

  /** Skips a test that cannot use another user. */
  static void isNeeded() {
    Requirement.root();
    Requirement.programs("setpriv", "perl");
  }

  private ProcessBuilder perl(String script, String... args) {
    ProcessBuilder builder =
        new ProcessBuilder(
            "setpriv",
            "--reuid=" + name,
            "--regid=nogroup",
            "--clear-groups",
            "perl",
            "-e",
            script);
    builder.command().addAll(List.of(args));
    return builder.directory(new File("/")).redirectErrorStream(true);
  }

  /** Sends a value, given with all its braces, and returns the answer. */
  String tell(Path socket, String value) throws Exception {
    Process process = perl(TELL, socket.toString(), value).start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return answer;
  }

  /**
   * Runs a script, which ends by itself after at most two minutes, and waits until it prints that
   * it is under way.
   */
  Process underWay(String script, String... args) throws Exception {
    File output = Files.createTempFile("ppmq-script", "").toFile();
    output.deleteOnExit();
    String prelude = "use Socket; use IO::Handle; $SIG{PIPE} = 'IGNORE'; alarm 120; $| = 1; ";
    Process process = perl(prelude + script, args).redirectOutput(output).start();
    Await.until(
        "the script is under way",
        () -> {
          String printed = Files.readString(output.toPath());
          assertThat(process.isAlive()).as(printed).isTrue();
          return printed.contains(UNDER_WAY);
        });
    return process;
  }

  /** Listens on a socket from now on. */
  Listening listen(Path socket) throws Exception {
    File output = Files.createTempFile("ppmq-listens", "").toFile();
    Process process = perl(LISTEN, socket.toString()).redirectOutput(output).start();
    Listening listening = new Listening(process, socket, output.toPath());
    Await.until("the socket of " + name, () -> Files.exists(socket, LinkOption.NOFOLLOW_LINKS));
    return listening;
  }

  /** A listening process, and its output: {@code connected} for each connection, and every line. */
  record Listening(Process process, Path socket, Path output) implements Closeable {
    String got() throws IOException {
      return Files.readString(output);
    }

    /** Ends the process and removes its socket. */
    @Override
    public void close() throws IOException {
      process.destroyForcibly().onExit().join();
      Files.deleteIfExists(socket);
      Files.deleteIfExists(output);
    }
  }
}
