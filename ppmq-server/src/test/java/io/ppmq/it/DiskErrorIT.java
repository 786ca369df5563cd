package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that fails below the store (SPEC 5). Needs gcc for the library that makes it fail. */
class DiskErrorIT {
  private static final List<String> MANY =
      IntStream.range(0, 20).mapToObj(Integer::toString).toList();

  private Site site;
  private FailingDisk disk;
  private Peer peer;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  private void start() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t").topic("other").batch("t", 5));
    disk = FailingDisk.of(site.data(), site.directory());
    site.environment(disk.environment());
    site.start();
    peer = site.peer();
    peer.publish("t", MANY.toArray(String[]::new));
  }

  private void publishUntilRefused() throws Exception {
    Peer other = site.peer();
    other.send("{\"Topic\":\"other\",\"Messages\":[{\"Payload\":\"o\"}]}");
    // Messages of the first failed commit are held; later ones are refused in the end.
    site.broker().said("the store refuses");
    for (boolean refused = false; !refused; refused = isAnsweredSoon(ask())) {
      assertThat(site.broker().isAlive()).isTrue();
    }
  }

  private Peer ask() throws Exception {
    return site.peer()
        .send("{\"Topic\":\"other\",\"Messages\":[{\"Payload\":\"o\"}],\"Confirm\":\"c\"}");
  }

  private static boolean isAnsweredSoon(Peer asked) throws Exception {
    try {
      Await.until("an answer", Duration.ofSeconds(5), () -> !asked.nothingCame());
      return true;
    } catch (AssertionError held) {
      return false;
    }
  }

  private void awaitHealed() throws Exception {
    Await.until(
        "healed",
        () -> peer.ask("{\"Topic\":\"other\",\"Messages\":[{\"Payload\":\"healed\"}]").isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "torn", "nospace", "sync"})
  void deliveriesGoOnWhileTheDiskFailsAndAcksAreConfirmedWhenItWorks(String what) throws Exception {
    start();
    disk.fail(what);
    publishUntilRefused();
    SubscriberSocket subscriber = site.subscriber("t");
    Peer acks = site.peer();
    for (int i = 0; i < 4; i++) {
      Push push = subscriber.next();
      assertThat(push.payloads()).isEqualTo(MANY.subList(5 * i, 5 * i + 5));
      acks.send(Peer.acks("t", "t", push.keys()) + ",\"Confirm\":\"ack\"}");
    }
    disk.work();
    awaitHealed();
    String answer = acks.line();
    if (!what.equals("sync")) {
      assertThat(answer).isEqualTo("{\"confirm\":\"ack\"}\n");
    }
    peer.publish("t", "after");
    assertThat(subscriber.next().payloads()).containsExactly("after");

    site.broker().kill();
    subscriber.settle();
    site.start();
    assertThat(subscriber.next().payloads()).as("no more than that").containsExactly("after");
  }

  @Test
  void whatIsConfirmedAfterAFailedSyncDoesNotRestOnTheFileThatFailed() throws Exception {
    start();
    disk.fail("sync");
    assertThat(peer.ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"20\"}]"))
        .as("a failed sync is not taken as done")
        .isNotEmpty();
    disk.work();
    awaitHealed();
    site.broker().kill();
    disk.loseWhatWasNotSynced();

    site.start();
    SubscriberSocket subscriber = site.subscriber("t");
    assertThat(subscriber.takeAll(20, site.peer())).startsWith(MANY.toArray(String[]::new));
    assertThat(site.subscriber("other").next().payloads()).endsWith("healed");
  }
}
