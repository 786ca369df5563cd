package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A subscriber that is not running, while systemd holds its socket. */
class SocketActivationIT {
  private static final String ACTIVATE = "systemd-socket-activate";

  private Site site;
  private Process systemd;

  @AfterEach
  void stop() throws Exception {
    if (systemd != null) {
      systemd.descendants().forEach(ProcessHandle::destroyForcibly);
      systemd.destroyForcibly().waitFor();
    }
    if (site != null) {
      site.close();
    }
  }

  private List<String> received() throws Exception {
    Path batches = site.directory().resolve("batches");
    return Files.exists(batches) ? Files.readAllLines(batches) : List.of();
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void publishStartsTheSubscriberAndItGetsTheBatch(Storage storage) throws Exception {
    Requirement.programs(ACTIVATE);
    site = Site.started(storage, new Layout().topic("t"));
    Path batches = site.directory().resolve("batches");
    Path socket = site.socketOf("t");
    systemd =
        new ProcessBuilder(
                ACTIVATE,
                "-l",
                socket.toString(),
                "-a",
                "--inetd",
                "/bin/sh",
                "-c",
                "echo started >>" + batches + "; head -n 1 >>" + batches)
            .redirectErrorStream(true)
            .redirectOutput(site.directory().resolve("systemd.log").toFile())
            .start();
    Await.until("the socket", () -> Files.exists(socket));
    assertThat(received()).as("not started without need").isEmpty();

    for (int i = 0; i < 2; i++) {
      site.peer().publish("t", "p" + i);
      int lines = 2 * i + 2;
      Await.until("started, with a batch", () -> received().size() >= lines);
      Push push = Push.of(received().get(lines - 1), System.nanoTime());
      assertThat(received().get(lines - 2)).isEqualTo("started");
      assertThat(push.payloads()).containsExactly("p" + i);
      assertThat(push.attempts()).containsExactly(1);
      site.peer().acknowledge(push);
    }
  }
}
