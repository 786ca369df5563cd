package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code ppmq backup}, from outside. */
class BackupIT {
  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  @Test
  void copyHoldsWhatWasConfirmedBeforeItAndStarts() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    List<String> before = IntStream.range(0, 300).mapToObj(i -> "b" + i).toList();
    Peer peer = site.peer();
    for (String payload : before) {
      assertThat(peer.ask(message(payload))).isEmpty();
    }
    AtomicInteger confirmed = new AtomicInteger();
    Thread producer = new Thread(() -> publishOn(confirmed));
    producer.start();
    Path copy = site.directory().resolve("copy");
    Command backup = Command.run(site, "backup", copy.toString());
    int during = confirmed.get();
    Await.until("publishing goes on", () -> confirmed.get() > during);
    producer.interrupt();
    producer.join();
    assertThat(backup.errors()).isEmpty();
    assertThat(backup.status()).isZero();
    assertThat(backup.output()).contains(copy.toString(), " messages");
    assertThat(site.broker().terminate()).isZero();
    assertForTheOwnerAlone(copy);
    Files.move(site.data(), site.directory().resolve("before"));
    Files.move(copy, site.data());
    site.start();
    assertThat(site.subscriber("t").takeAll(300, site.peer()))
        .startsWith(before.toArray(new String[0]));
    assertThat(site.broker().saidToTheEnd("WARN")).isEmpty();
  }

  @Test
  void delayedMessagesAreCounted() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    String delayed = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"d\",\"Delay\":\"1h\"}]";
    assertThat(site.peer().ask(delayed)).isEmpty();
    Path copy = site.directory().resolve("copy");
    assertThat(Command.run(site, "backup", copy.toString()).output())
        .contains(", 1 message waiting, delayed or in flight, ");
  }

  private static String message(String payload) {
    return "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + payload + "\"}]";
  }

  private void publishOn(AtomicInteger confirmed) {
    try (Peer peer = new Peer(java.net.UnixDomainSocketAddress.of(site.serverSocket()))) {
      while (!Thread.currentThread().isInterrupted()) {
        peer.ask(message("d"));
        confirmed.incrementAndGet();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertForTheOwnerAlone(Path copy) throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
        .isEqualTo("rwx------");
    try (Stream<Path> files = Files.list(copy)) {
      assertThat(files)
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .isEqualTo("rw-------"));
    }
  }

  @Test
  void emptyDirectoryIsFilledAndAnotherOneIsRefusedAndLeftAlone() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    site.peer().publish("t", "1");
    Path copy = Files.createDirectory(site.directory().resolve("copy"));
    assertThat(Command.run(site, "backup", copy.toString()).status()).isZero();
    List<String> names = names(copy);
    assertThat(names).contains("CURRENT");
    Command again = Command.run(site, "backup", copy.toString());
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.errors()).contains(copy + " is not empty").hasLineCount(1);
    assertThat(names(copy)).isEqualTo(names);
    assertThat(site.data().resolve("ppmq.checkpoint")).doesNotExist();
  }

  @Test
  void directoryThatCannotBeWrittenIsNamedWithTheUserOfTheBroker() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    Path copy = site.directory().resolve("no/such/copy");
    Command backup = Command.run(site, "backup", copy.toString());
    assertThat(backup.status()).isEqualTo(1);
    assertThat(backup.errors())
        .contains("as user " + System.getProperty("user.name"), copy.toString())
        .hasLineCount(1);
    Path within = site.data().resolve("copy");
    assertThat(Command.run(site, "backup", within.toString()).status()).isEqualTo(1);
    assertThat(within).doesNotExist();
  }

  @Test
  void brokerThatKeepsEverythingInMemoryHasNothingToCopy() throws Exception {
    site = Site.started(Storage.MEMORY, new Layout().topic("t"));
    Path copy = site.directory().resolve("copy");
    Command backup = Command.run(site, "backup", copy.toString());
    assertThat(backup.status()).isEqualTo(1);
    assertThat(backup.errors()).contains("in memory").hasLineCount(1);
    assertThat(copy).doesNotExist();
  }

  @Test
  void withoutBrokerItsStatusSaysSo() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    Path copy = site.directory().resolve("copy");
    assertThat(Command.run(site, "backup", copy.toString()).status()).isEqualTo(69);
    assertThat(copy).doesNotExist();
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
