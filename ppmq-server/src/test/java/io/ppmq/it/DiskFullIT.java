package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A disk that becomes full, from outside (SPEC 2 MinFreeDisk, 5). Needs root for the disk. */
class DiskFullIT {
  private static final long MIB = 1 << 20;

  private Site site;
  private SmallDisk disk;
  private volatile boolean producing = true;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  private void start(int mebibytes, String minFree) throws Exception {
    Layout layout = new Layout().topic("t").topic("d", "Dedupe: true").batch("t", 5);
    if (!minFree.isEmpty()) {
      layout.with("MinFreeDisk: " + minFree);
    }
    site = new Site(Storage.DIRECTORY, layout);
    disk = site.closing(SmallDisk.mounted(site.data(), mebibytes));
    site.start();
  }

  /**
   * Publishes until a refusal; adds the beginnings of the payloads to {@code published}, and
   * returns the refusal.
   */
  private static String publishUntilRefused(Peer peer, List<String> published) throws Exception {
    byte[] noise = new byte[37_500]; // the store cannot compress it
    new Random(1).nextBytes(noise);
    String filling = Base64.getEncoder().encodeToString(noise);
    for (int i = 0; i < 2000; i++) {
      String error =
          peer.ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"%d:%s\"}]".formatted(i, filling));
      if (!error.isEmpty()) {
        return error;
      }
      published.add(Integer.toString(i));
    }
    throw new AssertionError("nothing was refused");
  }

  private static List<String> beginnings(List<String> payloads) {
    return payloads.stream().map(payload -> payload.replaceAll(":.*", "")).toList();
  }

  private void awaitPublish(Peer peer, String payload) throws Exception {
    String value = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + payload + "\"}]";
    Await.until("publishing resumes", () -> peer.ask(value).isEmpty());
  }

  // ---- MinFreeDisk ----------------------------------------------------------------------------

  @Test
  void belowMinFreeDiskPublishesAreRefusedAndAllElseGoesOn() throws Exception {
    start(32, "4MiB");
    Peer peer = site.peer();
    List<String> published = new ArrayList<>();
    String error = publishUntilRefused(peer, published);
    assertThat(error).contains(site.data().toString(), "bytes free", "MinFreeDisk", "4194304");
    assertThat(disk.freeBytes()).isBetween(2 * MIB, 8 * MIB);
    assertThat(site.broker().said("publishes are refused")).hasSize(1);

    SubscriberSocket subscriber = site.subscriber("t");
    List<String> received = new ArrayList<>(beginnings(subscriber.takeAll(20, peer)));
    disk.free();
    received.addAll(beginnings(subscriber.takeAll(published.size() - received.size(), peer)));
    assertThat(received).isEqualTo(published);
    awaitPublish(peer, "after");
    assertThat(subscriber.next().payloads()).containsExactly("after");
    assertThat(site.broker().said("publishes are accepted again")).hasSize(1);
    assertThat(site.broker().saidToTheEnd("publishes are refused")).hasSize(1);
    assertThat(site.broker().errors("publishes are accepted again")).hasSize(1);
  }

  @Test
  void valueWithMessagesAndAcksIsRefusedWhole() throws Exception {
    start(32, "4MiB");
    Peer peer = site.peer();
    SubscriberSocket subscriber = site.subscriber("t");
    peer.publish("t", "1");
    Push push = subscriber.next();
    disk.fill(2 * MIB);
    String more = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"2\"}]";
    Await.until("publishes are refused", () -> peer.ask(more).contains("MinFreeDisk"));
    String both = Peer.acks("t", "t", push.keys()) + ",\"Messages\":[{\"Payload\":\"3\"}]";
    assertThat(peer.ask(both)).contains("MinFreeDisk");
    assertThat(peer.refused(more)).isEqualTo("disk-full");
    peer.reconnect("t");
    assertThat(subscriber.next().payloads()).startsWith("1").doesNotContain("3");
  }

  @Test
  void fileSystemSmallerThanMinFreeDiskIsSaidAtTheStart() throws Exception {
    start(32, "");
    assertThat(site.broker().said("MinFreeDisk is 67108864")).hasSize(1);
    assertThat(site.peer().ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"1\"}]"))
        .contains("MinFreeDisk");
  }

  // ---- full to the last byte ------------------------------------------------------------------

  @Test
  void fullDiskStillDeliversAndTakesAcksAndHealsByItself() throws Exception {
    start(32, "4MiB");
    Peer peer = site.peer();
    for (int i = 0; i < 40; i++) {
      peer.publish("t", Integer.toString(i));
    }
    Await.until("a reserve", () -> site.data().resolve("ppmq.reserve").toFile().exists());
    disk.fill(0);
    SubscriberSocket subscriber = site.subscriber("t");
    assertThat(subscriber.takeAll(35, peer)).hasSize(35);
    disk.free();
    awaitPublish(peer, "after");

    site.broker().kill();
    subscriber.settle();
    site.start();
    List<String> left = new ArrayList<>();
    Peer next = site.peer();
    while (!left.contains("after")) {
      Push push = subscriber.next();
      if (push.life() == 1) {
        left.addAll(push.payloads());
        next.acknowledge(push);
      }
    }
    assertThat(left).containsExactly("35", "36", "37", "38", "39", "after");
  }

  @Test
  void nothingConfirmedIsLostWhenTheDiskFillsUnderLoadAndTheBrokerIsKilled() throws Exception {
    start(32, "1");
    Set<String> confirmed = ConcurrentHashMap.newKeySet();
    List<Thread> producers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      producers.add(produce("p" + i, confirmed));
    }
    for (int round = 0; round < 3; round++) {
      int before = confirmed.size();
      Await.until("messages", () -> confirmed.size() > before + 50);
      for (int i = 0; i < 50; i++) {
        disk.fill(0);
      }
      disk.free();
    }
    int before = confirmed.size();
    Await.until("healed", () -> confirmed.size() > before + 50);
    site.broker().kill();
    producing = false;
    for (Thread producer : producers) {
      producer.join();
    }
    Set<String> expected = new HashSet<>(confirmed);
    site.start();
    Peer peer = site.peer();
    SubscriberSocket subscriber = site.subscriber("t");
    while (!expected.isEmpty()) {
      Push push = subscriber.next();
      beginnings(push.payloads()).forEach(expected::remove);
      peer.acknowledge(push);
    }
  }

  private Thread produce(String name, Set<String> confirmed) throws IOException {
    Peer peer = site.peer();
    String filling = "x".repeat(500);
    Thread thread =
        new Thread(
            () -> {
              try {
                for (int i = 0; producing; i++) {
                  String payload = name + "-" + i;
                  String error =
                      peer.ask(
                          "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"%s:%s\"}]"
                              .formatted(payload, filling));
                  if (error.isEmpty()) {
                    confirmed.add(payload);
                  }
                }
              } catch (IOException | InterruptedException | AssertionError e) {
                return; // the broker was killed
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  // ---- full at the start ----------------------------------------------------------------------

  @Test
  void fullDiskAtTheStartIsServedFromWhatWasReserved() throws Exception {
    start(32, "4MiB");
    site.peer().publish("t", "1");
    Await.until("a reserve", () -> site.data().resolve("ppmq.reserve").toFile().exists());
    site.broker().kill();
    disk.fill(0);
    site.start();
    SubscriberSocket subscriber = site.subscriber("t");
    Peer peer = site.peer();
    peer.acknowledge(subscriber.next());
    disk.free();
    awaitPublish(peer, "2");
    assertThat(subscriber.next().payloads()).containsExactly("2");
  }

  /** Another program takes all space that the broker frees between two starts. */
  @Test
  void diskThatStaysFullIsServedAtEveryStart() throws Exception {
    start(32, "4MiB");
    Peer peer = site.peer();
    for (int i = 0; i < 40; i++) {
      peer.publish("t", Integer.toString(i));
    }
    Await.until("a reserve", () -> site.data().resolve("ppmq.reserve").toFile().length() == MIB);
    List<String> received = new ArrayList<>();
    for (int life = 0; life < 8; life++) {
      site.broker().kill();
      disk.fill(0);
      site.start();
      try (SubscriberSocket subscriber = site.subscriber("t")) {
        received.addAll(subscriber.takeAll(5, site.peer()));
      }
      Await.until("the room is taken again", () -> disk.freeBytes() < MIB / 16);
    }
    assertThat(received).isEqualTo(IntStream.range(0, 40).mapToObj(Integer::toString).toList());
    disk.free();
    awaitPublish(site.peer(), "after");
  }

  /** A start gives the reserve up, and makes it again a moment later. */
  @Test
  void stopRightAfterAStartLeavesTheNextStartItsReserve() throws Exception {
    start(32, "4MiB");
    site.peer().publish("t", "1");
    Await.until("a reserve", () -> site.data().resolve("ppmq.reserve").toFile().length() == MIB);
    for (int life = 0; life < 4; life++) {
      assertThat(site.broker().terminate()).isZero();
      disk.fill(0);
      site.start();
    }
    assertThat(site.subscriber("t").next().payloads()).containsExactly("1");
    disk.free();
  }

  @Test
  void fullDiskThatCannotBeOpenedIsSaidAndHarmsNothing() throws Exception {
    start(32, "4MiB");
    site.peer().publish("t", "1");
    site.broker().kill();
    Files.deleteIfExists(site.data().resolve("ppmq.reserve"));
    disk.fill(0);
    BrokerProcess refused = site.launch();
    assertThat(refused.awaitExit(Await.PATIENCE)).isEqualTo(1);
    assertThat(refused.errors(site.data() + " has 0 bytes free")).hasSize(1);
    disk.free();
    site.start();
    assertThat(site.subscriber("t").next().payloads()).containsExactly("1");
  }
}
