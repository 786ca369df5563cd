package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Queues that are emptied by hand, and messages that are deleted. */
class PurgeIT {
  private Site site;

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private Peer start(Layout layout) throws Exception {
    site = Site.started(Storage.DIRECTORY, layout);
    return site.peer();
  }

  @Test
  void nothingIsDroppedWhereNobodyCanBeAsked() throws Exception {
    start(new Layout().topicFor(List.of("a"), "t")).publish("t", "1");
    assertThat(Cli.run(site, "purge", "-t", "t"))
        .satisfies(run -> assertThat(run.status()).isEqualTo(2))
        .satisfies(run -> assertThat(run.err()).contains("--yes"));
    assertThat(Cli.run(site, "dead", "drop", "--all").err()).contains("--yes");
    assertThat(Cli.run(site, "dead", "drop", "an-id"))
        .satisfies(run -> assertThat(run.status()).isEqualTo(2))
        .satisfies(run -> assertThat(run.err()).contains("--yes"));
    assertThat(Cli.done(site, "peek", "-t", "t", "-s", "a")).contains("\"payload\"");
  }

  @Test
  void purgedMessagesAreGoneAlsoForAKilledBroker() throws Exception {
    Peer peer = start(new Layout().topicFor(List.of("a", "b"), "t").batch("a", 1));
    SubscriberSocket a = site.subscriber("a");
    peer.publish("t", "1", "2", "3");
    Push out = a.next();
    assertThat(Cli.done(site, "purge", "-t", "t", "-s", "a", "--yes"))
        .isEqualTo("t, a: 3 messages dropped\n");
    site.broker().kill();
    site.start();

    Peer again = site.peer();
    again.acknowledge(out);
    again.publish("t", "4");
    assertThat(a.next().payloads()).containsExactly("4");
    SubscriberSocket b = site.subscriber("b");
    assertThat(b.next().payloads()).containsExactly("1", "2", "3", "4");
  }

  @Test
  void deletedMessageIsGoneForAllAlsoForAKilledBroker() throws Exception {
    Peer peer = start(new Layout().topicFor(List.of("a", "b"), "t"));
    SubscriberSocket a = site.subscriber("a");
    peer.publish("t", "1", "2", "3");
    Push out = a.next();
    String key = out.keys().get(1);
    assertThat(Cli.done(site, "delete", "t", key, "--yes")).isEqualTo("t, " + key + ": deleted\n");
    site.broker().kill();
    site.start();

    assertThat(a.next().payloads()).containsExactly("1", "3");
    SubscriberSocket b = site.subscriber("b");
    assertThat(b.next().payloads()).containsExactly("1", "3");
    assertThat(Cli.run(site, "delete", "t", key, "--yes").status()).isEqualTo(1);
  }

  @Test
  void purgeOfATopicEmptiesItForAllOfItsSubscribers() throws Exception {
    Peer peer = start(new Layout().topicFor(List.of("a", "b"), "t", "Dedupe: true"));
    peer.publishKeyed("t", "k", "1");
    peer.publishKeyed("t", "k", "2");
    peer.publishKeyed("t", "l", "3");
    assertThat(Cli.done(site, "purge", "t", "--yes", "--json"))
        .isEqualTo(
            "{\"topic\":\"t\",\"purged\":[{\"subscriber\":\"a\",\"messages\":2},"
                + "{\"subscriber\":\"b\",\"messages\":2}]}\n");
    assertThat(Cli.done(site, "peek", "t")).isEmpty();
  }

  @Test
  void purgeGivesTheDiskBack() throws Exception {
    Peer peer = start(new Layout().topic("t").topicFor(List.of("k1", "k2"), "k", "Dedupe: true"));
    String filler =
        IntStream.range(0, 20_000)
            .mapToObj(i -> "%x".formatted(i * 7919))
            .reduce("", String::concat);
    for (int i = 0; i < 60; i++) {
      peer.publish("t", filler + i);
      peer.publishKeyed("k", "key" + i, filler + i);
    }
    Await.until("it is on the disk", () -> site.dataBytes() > 8 << 20);
    long before = site.dataBytes();
    Cli.done(site, "purge", "-y", "-t", "t");
    Cli.done(site, "purge", "-y", "-t", "k", "-s", "k1");
    Cli.done(site, "purge", "-y", "-t", "k", "-s", "k2");
    Await.until(
        "the disk back, of " + before,
        () -> {
          peer.publish("t", "on it goes");
          return site.dataBytes() < before / 4;
        });
  }

  @Test
  void subscriberThatIsNotConfiguredIsPurged() throws Exception {
    Peer peer = start(new Layout().topicFor(List.of("a", "b"), "t"));
    peer.publish("t", "1");
    site.broker().terminate();
    site.configure(new Layout().topicFor(List.of("b"), "t"));
    site.start();
    assertThat(Cli.done(site, "purge", "-y", "-t", "t", "-s", "a"))
        .isEqualTo("t, a: 1 message dropped\n");
    Cli gone = Cli.run(site, "purge", "-y", "-t", "t", "-s", "a");
    assertThat(gone.status()).isEqualTo(1);
    assertThat(gone.err()).contains("\"a\" is not a subscriber of topic \"t\"");
  }
}
