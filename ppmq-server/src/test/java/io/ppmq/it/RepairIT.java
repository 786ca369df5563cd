package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Damage, and {@code ppmq repair}, from outside. */
class RepairIT {
  private static final int DAMAGED = 65;
  private static final String FILLER = "x".repeat(1000);

  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      if (Files.isDirectory(site.directory())) {
        site.close();
      }
    }
  }

  private void publish(String topic, int from, int to) throws Exception {
    Peer peer = site.peer();
    for (int i = from; i < to; i++) {
      String value = "{\"Topic\":\"" + topic + "\",\"Messages\":[{\"Payload\":\"" + i + FILLER;
      assertThat(peer.ask(value + "\"}]")).isEmpty();
    }
  }

  private static List<String> payloads(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> i + FILLER).toList();
  }

  @Test
  void damagedLogKeepsTheBrokerFromStartingUntilItIsRepaired() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    publish("t", 0, 200);
    site.broker().kill();
    Path log = last(".log");
    flip(log, Files.size(log) / 2);
    BrokerProcess refused = site.launch();
    assertThat(refused.awaitExit(Await.PATIENCE)).isEqualTo(DAMAGED);
    assertThat(refused.errors(log.getFileName().toString())).hasSize(1);
    assertThat(refused.errors("ppmq repair")).hasSize(1);

    Command look = Command.run(site, "repair", "--dry-run");
    assertThat(look.status()).isEqualTo(1);
    assertThat(look.output()).contains(log.getFileName() + " is damaged from byte ");
    Command repair = Command.run(site, "repair");
    assertThat(repair.errors()).isEmpty();
    assertThat(repair.status()).isZero();
    assertThat(repair.output())
        .contains(log.getFileName() + " is damaged from byte ", "topic t: 199 messages kept")
        .contains("at most 1 more are lost", "its progress is kept");

    site.start();
    List<String> got = site.subscriber("t").takeAll(199, site.peer());
    assertThat(got).isSubsetOf(payloads(0, 200)).doesNotHaveDuplicates();
  }

  @Test
  void lostListOfTablesLosesNothingAndNothingAcknowledgedComesBack() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t").batch("t", 50));
    publish("t", 0, 100);
    try (SubscriberSocket subscriber = site.subscriber("t")) {
      assertThat(subscriber.takeAll(100, site.peer())).isEqualTo(payloads(0, 100));
    }
    publish("t", 100, 150);
    assertThat(site.broker().terminate()).isZero();
    site.start();
    assertThat(site.broker().terminate()).isZero();
    Files.delete(site.data().resolve("CURRENT"));
    Files.delete(last("MANIFEST-"));
    assertThat(site.launch().awaitExit(Await.PATIENCE)).isEqualTo(DAMAGED);
    assertThat(Command.run(site, "repair").status()).isZero();
    site.start();
    assertThat(site.subscriber("t").takeAll(50, site.peer())).isEqualTo(payloads(100, 150));
  }

  @Test
  void pausedTopicStaysPausedAfterARepair() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t").topic("other"));
    publish("t", 0, 10);
    assertThat(Command.run(site, "pause", "-t", "t").status()).isZero();
    site.broker().kill();
    Files.delete(site.data().resolve("CURRENT"));
    Command repair = Command.run(site, "repair");
    assertThat(repair.output()).doesNotContain("unknown");
    assertThat(repair.status()).isZero();
    site.start();
    SubscriberSocket subscriber = site.subscriber("t");
    publish("other", 0, 1);
    assertThat(site.subscriber("other").next().payloads()).hasSize(1);
    assertThat(subscriber.batches()).isZero();
    assertThat(Command.run(site, "resume", "-t", "t").status()).isZero();
    assertThat(subscriber.takeAll(10, site.peer())).isEqualTo(payloads(0, 10));
  }

  @Test
  void logThatWasOverwrittenAfterItWasSyncedIsNoTornEnd() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    publish("t", 0, 100);
    site.broker().kill();
    Path log = last(".log");
    byte[] bytes = Files.readAllBytes(log);
    java.util.Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
    Files.write(log, bytes);
    BrokerProcess refused = site.launch();
    assertThat(refused.awaitExit(Await.PATIENCE)).isEqualTo(DAMAGED);
    assertThat(refused.errors("ppmq repair")).hasSize(1);
    assertThat(refused.errors(log.getFileName().toString())).hasSize(1);
    assertThat(Command.run(site, "repair", "--dry-run").output())
        .contains(log.getFileName() + " is damaged at byte ");
    assertThat(Files.readAllBytes(log)).as("harmed nothing").isEqualTo(bytes);
    assertThat(Command.run(site, "repair").status()).isZero();
    site.start();
    assertThat(site.subscriber("t").next().payloads()).first().isEqualTo(payloads(0, 1).get(0));
  }

  @Test
  void runningBrokerIsLeftAlone() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    Command repair = Command.run(site, "repair");
    assertThat(repair.status()).isEqualTo(1);
    assertThat(repair.errors())
        .contains("is held by process " + site.broker().pid())
        .hasLineCount(1);
  }

  @Test
  void soundDirectoryIsLeftAsItIs() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    publish("t", 0, 10);
    assertThat(site.broker().terminate()).isZero();
    Command repair = Command.run(site, "repair");
    assertThat(repair.status()).isZero();
    assertThat(repair.output()).contains("no damage was found");
    try (Stream<Path> files = Files.list(site.directory())) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("data."));
    }
  }

  @Test
  void damageFoundWhileServingHoldsUpOnlyItsTopicAndIsSaidOnce() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t").topic("other"));
    publish("t", 0, 200);
    assertThat(site.broker().terminate()).isZero();
    site.start();
    assertThat(site.broker().terminate()).isZero();
    flip(largest(".sst"), Files.size(largest(".sst")) / 4);
    BrokerProcess broker = site.start();
    SubscriberSocket subscriber = site.subscriber("t");
    broker.said("topic t for subscriber t cannot be read");
    publish("other", 0, 10);
    assertThat(site.subscriber("other").takeAll(10, site.peer())).isEqualTo(payloads(0, 10));
    long start = System.nanoTime();
    Await.until("two more tries", () -> System.nanoTime() - start > 2_500_000_000L);
    Command health = Command.run(site, "health");
    assertThat(health.status()).isEqualTo(1);
    assertThat(health.errors())
        .startsWith(
            "ppmq: the broker is not healthy: some of what is stored cannot be read: DataPath")
        .contains(".sst", "'ppmq repair'");
    assertThat(Command.run(site, "stats").errors()).contains("warning: some of what is stored");
    assertThat(Command.run(site, "stats", "--json").output()).contains("\"damage\":\"DataPath ");
    assertThat(broker.saidToTheEnd("cannot be read")).hasSize(1);
    assertThat(broker.errors("ppmq repair")).hasSize(1);
    assertThat(subscriber.batches()).isZero();
    assertThat(Command.run(site, "repair").status()).isZero();
  }

  @Test
  void soundStoreIsWell() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    assertThat(Command.run(site, "health").output())
        .isEqualTo("the broker works and accepts messages\n");
    assertThat(Command.run(site, "stats", "--json").output()).contains("\"damage\":null");
  }

  // ---- files ----------------------------------------------------------------------------------

  private Path last(String part) throws Exception {
    try (Stream<Path> files = Files.list(site.data())) {
      return files
          .filter(file -> file.getFileName().toString().contains(part))
          .filter(file -> file.toFile().length() > 0)
          .max(java.util.Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private Path largest(String suffix) throws Exception {
    try (Stream<Path> files = Files.list(site.data())) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(suffix))
          .max(java.util.Comparator.comparingLong(file -> file.toFile().length()))
          .orElseThrow();
    }
  }

  private static void flip(Path file, long at) throws Exception {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(at);
      int old = access.read();
      access.seek(at);
      access.write(old ^ 0x10);
    }
  }
}
