package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Delayed messages outlive the broker, in the same directory, in a copy and in a repaired one. */
class DelayRestartIT {
  private Site site;

  @AfterEach
  void stop() throws Exception {
    site.close();
  }

  private void begin(Layout layout) throws Exception {
    if (site != null) {
      site.close();
    }
    site = Site.started(Storage.DIRECTORY, layout);
  }

  private static String until(String payload, Instant moment) {
    return "{\"Payload\":\"%s\",\"NotBefore\":\"%s\"}".formatted(payload, moment);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void momentIsKeptOverARestart(boolean killed) throws Exception {
    InTime.tried(Duration.ofSeconds(3), ahead -> isKeptOverARestart(killed, ahead));
  }

  private boolean isKeptOverARestart(boolean killed, Duration ahead) throws Exception {
    begin(new Layout().topic("t"));
    Instant moment = Instant.now().plus(ahead);
    Instant soon = Instant.now().plusMillis(500);
    site.peer()
        .publish(
            "t",
            Stream.of(
                until("2", moment),
                until("past", soon),
                until("1", moment.minusMillis(1)),
                until("never", moment.plusSeconds(3600))));
    if (killed) {
      site.broker().kill();
    } else {
      assertThat(site.broker().terminate()).isZero();
    }
    Await.until("the moment of one is past", () -> Instant.now().isAfter(soon));
    site.start();
    SubscriberSocket subscriber = site.subscriber("t");
    Peer peer = site.peer();
    Push past = subscriber.next();
    if (!Instant.now().isBefore(moment)) {
      return false;
    }
    assertThat(past.payloads()).containsExactly("past");
    peer.acknowledge(past);
    assertThat(subscriber.takeAll(2, peer)).containsExactly("1", "2");
    assertThat(Instant.now()).isAfterOrEqualTo(moment);
    assertThat(site.ask("GET /stats")).contains("\"delayed\":1");
    return true;
  }

  @Test
  void whoSubscribesAtTheMomentGetsIt() throws Exception {
    InTime.tried(
        Duration.ofSeconds(2),
        ahead -> {
          begin(new Layout().topicFor(List.of("a"), "t"));
          Instant moment = Instant.now().plus(ahead);
          site.peer().publish("t", Stream.of(until("1", moment)));
          site.configure(new Layout().topicFor(List.of("b"), "t"));
          Cli.done(site, "reload");
          if (!Instant.now().isBefore(moment)) {
            return false;
          }
          assertThat(site.subscriber("b").next().payloads()).containsExactly("1");
          assertThat(site.subscriber("a").isEmpty()).isTrue();
          return true;
        });
  }

  @Test
  void copyHoldsWhatIsDelayed() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    Instant moment = Instant.now().plusSeconds(4);
    site.peer().publish("t", Stream.of(until("1", moment)));
    Path copy = site.directory().resolve("copy");
    Cli.done(site, "backup", copy.toString());
    assertThat(site.broker().terminate()).isZero();
    Files.move(site.data(), site.directory().resolve("before"));
    Files.move(copy, site.data());
    site.start();
    assertThat(site.subscriber("t").next().payloads()).containsExactly("1");
    assertThat(Instant.now()).isAfterOrEqualTo(moment);
  }

  @Test
  void repairKeepsWhatIsDelayed() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    Peer peer = site.peer();
    Instant moment = Instant.now().plusSeconds(3600);
    for (int i = 0; i < 200; i++) {
      peer.publish("t", Stream.of(until("p" + i, moment.plusMillis(i))));
    }
    site.broker().kill();
    Path log;
    try (Stream<Path> files = Files.list(site.data())) {
      log = files.filter(file -> file.toString().endsWith(".log")).sorted().toList().get(0);
    }
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
      file.seek(file.length() / 2);
      int old = file.read();
      file.seek(file.length() / 2);
      file.write(~old);
    }
    Cli.done(site, "repair");
    site.start();
    String stats = site.ask("GET /stats");
    long delayed = Long.parseLong(stats.replaceAll("(?s).*\"delayed\":([0-9]+).*", "$1"));
    assertThat(delayed).isBetween(190L, 199L);
    assertThat(stats).contains("\"nextDue\":\"" + moment.toString().substring(0, 19));
    assertThat(Cli.done(site, "peek", "t", "--state", "delayed", "-n", "1000").lines().count())
        .isEqualTo(delayed);
  }

  @Test
  void whatComesDueWhileOthersPublishIsNoHindrance() throws Exception {
    List<String> all = IntStream.range(0, 40_000).mapToObj(n -> "" + n).toList();
    InTime.tried(
        Duration.ofSeconds(3),
        ahead -> {
          begin(new Layout().topic("t").batch("t", 1000).topic("u"));
          Instant moment = Instant.now().plus(ahead);
          Peer peer = site.peer();
          for (int i = 0; i < 40; i++) {
            List<String> some = all.subList(i * 1000, i * 1000 + 1000);
            peer.publish("t", some.stream().map(n -> until(n, moment)));
          }
          boolean inTime = Instant.now().isBefore(moment);
          Await.until("it is past", () -> Instant.now().isAfter(moment));
          for (int i = 0; i < 20; i++) {
            peer.publish("u", "now");
          }
          if (inTime) {
            assertThat(site.subscriber("t").takeAll(40_000, peer)).isEqualTo(all);
          }
          return inTime;
        });
  }
}
