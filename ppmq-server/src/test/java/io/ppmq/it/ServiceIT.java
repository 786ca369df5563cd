package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The broker under a service manager. */
class ServiceIT {
  private static final String LAUNCHER = System.getProperty("ppmq.home") + "/bin/ppmq";

  /** Listens in the place of systemd for notifications, and prints them. */
  private static final String NOTIFIED =
      """
      import socket, sys
      own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      own.bind(sys.argv[1])
      while True:
          print(own.recv(4096).decode().replace("\\n", " "), flush=True)
      """;

  private static final String MORE_TIME =
      "EXTEND_TIMEOUT_USEC=60000000 STATUS=starting: opening the store";

  /** Holds the listening socket, as systemd does, for one broker after another. */
  private static final String HOLDER =
      """
      import socket, subprocess, sys
      own = socket.socket(socket.AF_UNIX)
      own.bind(sys.argv[1])
      own.listen(4096)
      for life in range(2):
          subprocess.run([sys.argv[2], "serve", "-c", sys.argv[3]], stdin=own)
      """;

  private Site site;

  @AfterEach
  void stop() throws IOException {
    if (site != null) {
      site.close();
    }
  }

  /** The configuration is a pipe, so that the broker begins to start and waits. */
  @Test
  void signalBeforeItIsReadyEndsItLikeAnyOther() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    Path pipe = site.directory().resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    BrokerProcess broker = site.closing(BrokerProcess.launch(pipe));
    OutputStream opened = Files.newOutputStream(pipe); // when the broker reads it
    try (opened) {
      assertThat(broker.terminate()).isZero();
    }
  }

  @Test
  void logThatNobodyReadsHoldsUpNeitherTrafficNorTheStop() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    BrokerProcess broker = site.closing(BrokerProcess.launchUnread(site.config())).awaitReady();
    for (int connection = 0; connection < 100; connection++) {
      Peer peer = site.peer();
      for (int value = 0; value < 20; value++) {
        peer.send("{\"Topic\":\"" + "x".repeat(100) + "\"}");
      }
    }
    site.peer().publish("t", "goes on");
    assertThat(broker.terminate()).isZero();
  }

  /** Starts a program with its streams in files of the site; it ends with the site. */
  private Process start(Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    builder.redirectOutput(site.directory().resolve("out").toFile());
    builder.redirectError(site.directory().resolve("err").toFile());
    Process process = builder.start();
    Closeable end =
        () -> {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly().onExit().join();
        };
    site.closing(end);
    return process;
  }

  private List<String> lines(String file) throws IOException {
    Path path = site.directory().resolve(file);
    return Files.exists(path) ? Files.readAllLines(path) : List.of();
  }

  /** What systemd is told when the broker is ready. */
  private String ready() {
    return "READY=1 STATUS=serves " + site.serverSocket();
  }

  private long times(String file, String line) throws IOException {
    return lines(file).stream().filter(line::equals).count();
  }

  /** Starts a broker whose stderr is the journal's, by its environment. */
  private Process startForTheJournal() throws Exception {
    return start(
        Map.of(),
        "sh",
        "-c",
        "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2);"
            + " exec \"$0\" serve -c \"$1\"",
        LAUNCHER,
        site.config().toString());
  }

  @Test
  void linesForTheJournalCarryPrioritiesAndNoTime() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t").with("Unknown: 1"));
    Process broker = startForTheJournal();
    Await.until("ready", () -> times("out", "ppmq: ready") == 1);
    broker.destroy();
    assertThat(broker.waitFor()).isZero();
    assertThat(lines("err"))
        .anyMatch(line -> line.startsWith("<4>") && line.contains("Unknown"))
        .anyMatch(line -> line.startsWith("<6>ppMQ "))
        .allMatch(line -> line.matches("<[3467]>[^0-9].*"));
  }

  /** The unit gives lines without a priority the level of a warning: errors of a JVM have none. */
  @Test
  void readinessIsNoWarningInTheJournal() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    start(
        Map.of(),
        "sh",
        "-c",
        "exec 2>&1; export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2);"
            + " exec \"$0\" serve -c \"$1\"",
        LAUNCHER,
        site.config().toString());
    Await.until("ready", () -> times("out", "<6>ppmq: ready") == 1);
    assertThat(lines("out")).allMatch(line -> line.startsWith("<6>"));
  }

  @Test
  void linesForAnythingElseCarryTheTime() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    Map<String, String> another = Map.of("JOURNAL_STREAM", "1:2");
    start(another, LAUNCHER, "serve", "-c", site.config().toString());
    Await.until("a line", () -> !lines("err").isEmpty());
    assertThat(lines("err")).allMatch(line -> line.matches("20[0-9-]{8} .*"));
  }

  @Test
  void wrongConfigurationIsAnErrorInTheJournal() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t", "Priorities: none"));
    Process broker = startForTheJournal();
    assertThat(broker.waitFor()).isEqualTo(78);
    assertThat(lines("err")).isNotEmpty().allMatch(line -> line.startsWith("<3>ppmq: "));
  }

  /** The path of a socket, the notifications to which are printed. */
  private String listenAsSystemd() throws Exception {
    Requirement.programs("python3", "systemd-notify");
    Path socket = site.directory().resolve("notify");
    Process systemd = start(Map.of(), "python3", "-c", NOTIFIED, socket.toString());
    Await.until("the socket", () -> Files.exists(socket));
    assertThat(systemd.isAlive()).isTrue();
    return socket.toString();
  }

  @Test
  void systemdIsToldOfReadinessReloadLifeAndEnd() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    String socket = listenAsSystemd();
    BrokerProcess broker = site.start(Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "500000"));
    broker.awaitReady();
    Await.until("ready", () -> times("out", ready()) == 1);
    Await.until("it lives", () -> times("out", "WATCHDOG=1") > 2);
    broker.hangUp();
    Await.until("ready again", () -> times("out", ready()) == 2);
    List<String> told = lines("out");
    assertThat(told).anyMatch(line -> line.matches("RELOADING=1 MONOTONIC_USEC=[0-9]+"));
    broker.terminate();
    Await.until("it ends", () -> times("out", "STOPPING=1 STATUS=stopping") == 1);
  }

  /** The command of the unit in the tree, as systemd would run it. */
  private static String reloadOfTheUnit() throws IOException {
    Path tree = Path.of(System.getProperty("ppmq.home")).resolve("../../..").normalize();
    String unit = Files.readString(tree.resolve("packaging/systemd/ppmq.service"));
    String joined = unit.replace("\\\n", " ");
    String command =
        joined.lines().filter(line -> line.startsWith("ExecReload=")).findFirst().orElseThrow();
    assertThat(command).startsWith("ExecReload=/bin/sh -c '").endsWith("'");
    return command
        .substring(command.indexOf('\'') + 1, command.length() - 1)
        .replace("$$", "$")
        .replace("%%", "%");
  }

  private int reload(BrokerProcess broker, String runtime) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", reloadOfTheUnit()).inheritIO();
    builder.environment().put("MAINPID", Long.toString(broker.pid()));
    builder.environment().put("RUNTIME_DIRECTORY", runtime);
    return builder.start().waitFor();
  }

  @Test
  void reloadOfTheUnitFailsIfTheConfigurationIsRefused() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    String runtime = Files.createDirectory(site.directory().resolve("run")).toString();
    BrokerProcess broker = site.start(Map.of("RUNTIME_DIRECTORY", runtime)).awaitReady();
    assertThat(reload(broker, runtime)).isZero();
    Files.writeString(site.config(), "Topics: 3\n");
    assertThat(reload(broker, runtime)).isEqualTo(1);
    assertThat(broker.errors("not reloaded")).isNotEmpty();
    site.configure(new Layout().topic("t").topic("u"));
    assertThat(reload(broker, runtime)).isZero();
    broker.terminate();
    assertThat(reload(broker, runtime)).as("without a broker").isNotZero();
  }

  /** A drop-in may add a second RuntimeDirectory=. */
  @Test
  void reloadOfTheUnitUsesTheFirstOfItsDirectories() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    Path runtime = Files.createDirectory(site.directory().resolve("run"));
    String both = runtime + ":" + site.directory().resolve("other:third");
    BrokerProcess broker = site.start(Map.of("RUNTIME_DIRECTORY", both)).awaitReady();
    assertThat(reload(broker, both)).isZero();
    assertThat(runtime.resolve("ppmq.reload")).hasContent("done");
  }

  /**
   * A unit may give a start a few seconds, and systemd takes the first request only within them.
   */
  @Test
  void systemdIsAskedForMoreTimeAFewSecondsAfterTheStart() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    String socket = listenAsSystemd();
    Path pipe = site.directory().resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Map<String, String> notified = Map.of("NOTIFY_SOCKET", socket);
    BrokerProcess broker = site.closing(BrokerProcess.launch(pipe, notified));
    OutputStream opened = Files.newOutputStream(pipe);
    try (opened) {
      opened.write(Files.readAllBytes(site.config()));
      byte[] comment = ("#".repeat(2 << 10) + "\n").getBytes(StandardCharsets.UTF_8);
      Await.until(
          "more time",
          () -> {
            opened.write(comment); // a start that makes progress
            opened.flush();
            return times("out", MORE_TIME) > 0;
          });
    }
    broker.awaitReady();
    Await.until("ready", () -> times("out", ready()) == 1);
  }

  @Test
  void socketOfSystemdIsTakenOver() throws Exception {
    Requirement.programs("systemd-socket-activate");
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    Path socket = site.serverSocket();
    start(
        Map.of(),
        "systemd-socket-activate",
        "-l",
        socket.toString(),
        "-E",
        "JAVA_HOME",
        LAUNCHER,
        "serve",
        "-c",
        site.config().toString());
    Await.until("the socket", () -> Files.exists(socket));
    assertThat(lines("out")).as("not started without need").isEmpty();
    Await.until(
        "a socket that is listened on", () -> isListenedOn(socket)); // later than the file appears
    site.peer().publish("t", "1");
    assertThat(site.subscriber("t").next().payloads()).containsExactly("1");
  }

  private static boolean isListenedOn(Path socket) throws Exception {
    try {
      SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
      return true;
    } catch (ConnectException refused) {
      return false;
    }
  }

  @Test
  void socketThatIsNotTheConfiguredOneIsRefused() throws Exception {
    Requirement.programs("systemd-socket-activate");
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    Path other = site.directory().resolve("other");
    String config = site.config().toString();
    Process broker =
        start(
            Map.of(),
            "systemd-socket-activate",
            "-l",
            other.toString(),
            LAUNCHER,
            "serve",
            "-c",
            config);
    Await.until("the socket", () -> Files.exists(other));
    Await.until("a socket that is listened on", () -> isListenedOn(other));
    assertThat(broker.waitFor()).isEqualTo(1);
    assertThat(lines("err"))
        .anyMatch(
            line ->
                line.contains(other.toString()) && line.contains(site.serverSocket().toString()));
  }

  @Test
  void nobodyIsRefusedWhileTheBrokerIsRestarted() throws Exception {
    Requirement.programs("python3");
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    Path socket = site.serverSocket();
    String config = site.config().toString();
    Process holder = start(Map.of(), "python3", "-c", HOLDER, socket.toString(), LAUNCHER, config);
    Await.until("the first", () -> times("out", "ppmq: ready") == 1);
    List<String> confirmed = new ArrayList<>();
    publish(confirmed);
    holder.children().forEach(ProcessHandle::destroy);
    while (times("out", "ppmq: ready") < 2 || confirmed.size() < 20) {
      publish(confirmed);
    }
    List<String> delivered = site.subscriber("t").takeAll(confirmed.size(), site.peer());
    assertThat(delivered).containsAll(confirmed);
    assertThat(lines("err")).filteredOn(line -> line.endsWith(" stopped")).hasSize(1);
  }

  /** A connect never fails; a read from a stopping broker may. */
  private void publish(List<String> confirmed) throws IOException {
    String payload = Integer.toString(confirmed.size());
    try (SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()))) {
      if (isConfirmed(channel, payload)) {
        confirmed.add(payload);
      }
    }
  }

  private static boolean isConfirmed(SocketChannel channel, String payload) {
    String value =
        "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + payload + "\"}],\"Confirm\":\"c\"}";
    ByteBuffer answer = ByteBuffer.allocate(200);
    try {
      channel.write(StandardCharsets.UTF_8.encode(value));
      int count = channel.read(answer);
      String text = new String(answer.array(), 0, Math.max(0, count), StandardCharsets.UTF_8);
      return text.equals("{\"confirm\":\"c\"}\n");
    } catch (IOException e) {
      return false; // that broker is gone
    }
  }
}
