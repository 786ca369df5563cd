package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Starting, stopping, and two brokers where one should be. */
class LifecycleIT {
  private final AtomicInteger flooded = new AtomicInteger();
  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  private void assertOneSentence(BrokerProcess failed, String... parts) {
    assertThat(failed.errors())
        .anySatisfy(line -> assertThat(line).contains(parts))
        .noneMatch(line -> line.startsWith("\tat "));
  }

  @Test
  void secondBrokerOnOneSocketDoesNotStartAndHarmsNothing() throws Exception {
    site = Site.started(Storage.MEMORY, new Layout().topic("t"));
    SubscriberSocket subscriber = site.subscriber("t");
    BrokerProcess second = site.launch();
    assertThat(second.awaitExit(Await.PATIENCE)).isNotZero();
    assertOneSentence(second, site.serverSocket().toString(), Long.toString(site.broker().pid()));
    site.peer().publish("t", "1");
    assertThat(subscriber.next().payloads()).containsExactly("1");
  }

  /** The jars of the class path are open, and their directories in memory. */
  @Test
  void brokerWithoutAClusterHasNothingOfThatModuleOpen() throws Exception {
    site = Site.started(Storage.MEMORY, new Layout().topic("t"));
    Path module = Path.of(System.getProperty("ppmq.home"), "lib", "cluster").toRealPath();
    assertThat(module).isDirectoryContaining("glob:**.jar");
    List<String> open = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("/proc/" + site.broker().pid() + "/fd"))) {
      for (Path file : files) {
        open.add(Files.readSymbolicLink(file).toString());
      }
    }
    assertThat(open)
        .anyMatch(file -> file.endsWith(".jar"))
        .noneMatch(file -> Path.of(file).startsWith(module));
  }

  @Test
  void secondBrokerOnOneDataPathDoesNotStartAndHarmsNothing() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    BrokerProcess first = site.broker();
    site.peer().publish("t", "1");
    try (Site other = new Site(Storage.DIRECTORY, new Layout().topic("t"))) {
      Files.createSymbolicLink(other.data(), site.data());
      BrokerProcess second = other.launch();
      assertThat(second.awaitExit(Await.PATIENCE)).isNotZero();
      assertOneSentence(second, "data", Long.toString(first.pid()));
      assertThat(other.serverSocket()).doesNotExist();
      Files.delete(other.data());
    }
    site.peer().publish("t", "2");
    first.kill();
    site.start();
    assertThat(site.subscriber("t").takeAll(2, site.peer())).containsExactly("1", "2");
  }

  @Test
  void socketOfAnotherProgramIsNotTakenOver() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(site.serverSocket()));
      BrokerProcess broker = site.launch();
      assertThat(broker.awaitExit(Await.PATIENCE)).isNotZero();
      assertOneSentence(broker, site.serverSocket().toString());
      assertThat(site.serverSocket()).exists();
    }
  }

  @Test
  void fileThatIsNoSocketIsNotTakenOver() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t"));
    Files.writeString(site.serverSocket(), "precious");
    BrokerProcess broker = site.launch();
    assertThat(broker.awaitExit(Await.PATIENCE)).isNotZero();
    assertOneSentence(broker, site.serverSocket().toString());
    assertThat(Files.readString(site.serverSocket())).isEqualTo("precious");
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void socketLeftBehindByKilledBrokerIsTakenOver(Storage storage) throws Exception {
    site = Site.started(storage, new Layout().topic("t"));
    site.broker().kill();
    assertThat(site.serverSocket()).exists();
    site.start();
    site.peer().publish("t", "1");
    assertThat(site.subscriber("t").next().payloads()).containsExactly("1");
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void stoppingRemovesTheSocket(Storage storage) throws Exception {
    site = Site.started(storage, new Layout().topic("t"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(site.serverSocket())))
        .isEqualTo("rw-rw----");
    assertThat(site.broker().terminate()).isZero();
    assertThat(site.serverSocket()).doesNotExist();
    assertThat(site.broker().errors()).noneMatch(line -> line.contains("Exception"));
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void stoppingTakesNoLongerWithStuckSubscriberAndFullInbox(Storage storage) throws Exception {
    site = Site.started(storage, new Layout().topic("t").batch("t", 1000));
    try (ServerSocketChannel stuck = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stuck.bind(UnixDomainSocketAddress.of(site.socketOf("t")));
      String value =
          "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + "x".repeat(100_000) + "\"}]}";
      List<Thread> producers =
          IntStream.range(0, 4)
              .mapToObj(i -> new Thread(() -> flood(value)))
              .peek(thread -> thread.setDaemon(true))
              .toList();
      producers.forEach(Thread::start);
      SocketChannel accepted = stuck.accept();
      Await.until("much that waits", () -> flooded.get() > 100);
      site.broker().terminateInTime();
      assertThat(site.serverSocket()).doesNotExist();
      accepted.close();
      for (Thread producer : producers) {
        producer.join(Await.PATIENCE.toMillis());
        assertThat(producer.isAlive()).isFalse();
      }
    }
  }

  private void flood(String value) {
    try (Peer peer = new Peer(UnixDomainSocketAddress.of(site.serverSocket()))) {
      for (int i = 0; i < 400; i++) {
        peer.send(value);
        flooded.incrementAndGet();
      }
    } catch (java.io.IOException gone) {
      return; // expected when the broker stops
    }
  }

  @Test
  void whatWasConfirmedBeforeTheStopIsThereAfterwards() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    Peer peer = site.peer();
    for (int i = 0; i < 20; i++) {
      peer.send(
          "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"%d\"}],\"Confirm\":\"%d\"}"
              .formatted(i, i));
    }
    peer.line();
    site.broker().terminate();
    List<String> rest = peer.linesToEnd();
    long confirmed = 1 + rest.stream().filter(line -> !line.contains("error")).count();
    site.start();
    List<String> payloads = site.subscriber("t").next().payloads();
    assertThat(payloads)
        .hasSizeGreaterThanOrEqualTo((int) confirmed)
        .isEqualTo(IntStream.range(0, payloads.size()).mapToObj(Integer::toString).toList());
  }

  @Test
  void configurationThatIsWrongIsSaidWholeAndNothingStarts() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t", "AckRetry: soon", "Priorities: -1"));
    BrokerProcess broker = site.launch();
    assertThat(broker.awaitExit(Await.PATIENCE)).isEqualTo(78);
    assertOneSentence(broker, "AckRetry");
    assertOneSentence(broker, "Priorities");
    assertThat(site.serverSocket()).doesNotExist();
  }
}
