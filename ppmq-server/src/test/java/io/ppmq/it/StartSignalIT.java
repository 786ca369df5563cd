package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Signals during the start of a broker. */
class StartSignalIT {
  /** A JVM takes at least this long from its first moment until it catches signals. */
  private static final int MOMENTS = 12;

  private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  @Test
  void hangupBeforeTheBrokerIsReadyIsFollowedByReload() throws Exception {
    BrokerProcess broker = starting();

    send("HUP", broker);

    broker.awaitReady();
    broker.said("reloaded");
    assertThat(broker.terminate()).isZero();
  }

  @Test
  void hangupAtAnyMomentOfTheStartDoesNotEndIt() throws Exception {
    Requirement.library("libppmq-hangup.so", "a C compiler in the build");
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    for (int moment = 0; moment < MOMENTS; moment++) {
      BrokerProcess broker = site.launch();
      Await.until("the launcher's first command", () -> isMinded(broker));
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < moment * MOMENT_NANOS) {
        Thread.onSpinWait();
      }
      send("HUP", broker);
      broker.awaitReady();
      broker.kill();
    }
  }

  @Test
  void hangupAfterAStartThatIgnoredItIsHeard() throws Exception {
    Requirement.library("libppmq-hangup.so", "a C compiler in the build");
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    BrokerProcess broker = site.launch();
    broker.awaitReady();

    send("HUP", broker);

    broker.said("reloaded");
    assertThat(broker.errors("is not handled")).isEmpty();
  }

  @Test
  void terminationBeforeTheBrokerIsReadyEndsIt() throws Exception {
    BrokerProcess broker = starting();

    send("TERM", broker);

    assertThat(broker.awaitExit(Await.PATIENCE)).isZero();
    assertThat(broker.errors("ERROR")).isEmpty();
  }

  /** A broker whose own code runs, but which is not ready. */
  private BrokerProcess starting() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    BrokerProcess broker = site.launch();
    Await.until("the first threads of the broker", () -> hasThread(broker, "ppmq-"));
    return broker;
  }

  /** Whether the process catches or ignores SIGHUP; a shell at its beginning does neither. */
  private static boolean isMinded(BrokerProcess broker) {
    try {
      return Files.readAllLines(Path.of("/proc/" + broker.pid() + "/status")).stream()
          .filter(line -> line.startsWith("SigCgt:") || line.startsWith("SigIgn:"))
          .anyMatch(line -> (Character.digit(line.charAt(line.length() - 1), 16) & 1) != 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean hasThread(BrokerProcess broker, String prefix) {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + broker.pid() + "/task"))) {
      return threads.anyMatch(thread -> nameOf(thread).startsWith(prefix));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String nameOf(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"));
    } catch (IOException ended) {
      return "";
    }
  }

  private static void send(String signal, BrokerProcess to) throws Exception {
    String kill = "kill -" + signal + " " + to.pid();
    assertThat(new ProcessBuilder("sh", "-c", kill).inheritIO().start().waitFor()).isZero();
  }
}
