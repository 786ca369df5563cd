package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A configuration that changes while the broker runs. */
@ParameterizedClass
@EnumSource(Storage.class)
class ReloadIT {
  private static final Duration A_WHILE = Duration.ofMillis(300);

  @Parameter Storage storage;
  private Site site;

  @AfterEach
  void close() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  private Peer start(Layout layout) throws Exception {
    site = Site.started(storage, layout);
    return site.peer();
  }

  private String reload(Layout layout) throws Exception {
    site.configure(layout);
    return Cli.done(site, "reload");
  }

  @Test
  void newTopicAndSubscriberAreServed() throws Exception {
    Peer peer = start(new Layout().topic("a"));
    assertThat(reload(new Layout().topic("a").topic("b")))
        .contains("reloaded: subscriber b is added")
        .contains("reloaded: topic b is added");
    SubscriberSocket b = site.subscriber("b");
    peer.publish("b", "1");
    assertThat(b.next().payloads()).containsExactly("1");
    assertThat(site.broker().said("topic b is added")).hasSize(1);
  }

  @Test
  void signalReloadsToo() throws Exception {
    Peer peer = start(new Layout().topic("a"));
    site.configure(new Layout().topic("a").topic("b"));
    site.broker().hangUp();
    site.broker().said("topic b is added");
    assertThat(peer.ask("{\"Topic\":\"b\",\"Messages\":[{\"Payload\":\"1\"}]")).isEmpty();

    site.configure(new Layout().topic("a", "Priorities: many"));
    site.broker().hangUp();
    site.broker().said("nothing was changed");
    assertThat(peer.ask("{\"Topic\":\"b\",\"Messages\":[{\"Payload\":\"2\"}]")).isEmpty();
  }

  @Test
  void invalidFileChangesNothing() throws Exception {
    Peer peer = start(new Layout().topic("a"));
    site.configure(new Layout().topic("b").topic("c", "Priorities: -1"));
    Cli refused = Cli.run(site, "reload");
    assertThat(refused.status()).isEqualTo(78);
    assertThat(refused.err()).contains("ppmq.yaml:").contains("Priorities");
    assertThat(peer.ask("{\"Topic\":\"b\",\"Messages\":[{\"Payload\":\"1\"}]"))
        .contains("no topic");
    assertThat(peer.ask("{\"Topic\":\"a\",\"Messages\":[{\"Payload\":\"1\"}]")).isEmpty();
  }

  @Test
  void whatTakesARestartIsRefusedAsAWhole() throws Exception {
    site = new Site(storage, new Layout().topic("a"));
    String admin = "Admin: " + site.directory().resolve("admin");
    site.configure(new Layout().topic("a").with(admin));
    site.start();
    Peer peer = site.peer();
    Files.writeString(
        site.config(),
        new Layout()
            .topic("a")
            .topic("b")
            .with(admin)
            .serverAt(site.directory().resolve("elsewhere").toString())
            .yaml(site.directory(), site.directory().resolve("other").toString()));
    Cli refused = Cli.run(site, "reload");
    assertThat(refused.status()).isEqualTo(78);
    assertThat(refused.err().lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("ServerSocket cannot be changed"))
        .anyMatch(line -> line.contains("DataPath cannot be changed"));
    assertThat(peer.ask("{\"Topic\":\"b\",\"Messages\":[{\"Payload\":\"1\"}]"))
        .contains("no topic");
  }

  @Test
  void brokerIsFoundWhenItsOwnSocketChangesInTheFile() throws Exception {
    if (storage == Storage.MEMORY) {
      return; // no file on the disk has the address
    }
    start(new Layout().topic("a"));
    site.configure(
        new Layout().topic("a").serverAt(site.directory().resolve("elsewhere").toString()));
    Cli refused = Cli.run(site, "reload");
    assertThat(refused.status()).isEqualTo(78);
    assertThat(refused.err()).contains("ServerSocket cannot be changed");
  }

  @Test
  void whatIsOutWithAnUntouchedSubscriberIsNotSentAgain() throws Exception {
    Peer peer = start(new Layout().topic("a").batch("a", 2).topic("b"));
    SubscriberSocket a = site.subscriber("a");
    peer.publish("a", "1", "2", "3");
    Push out = a.next();
    reload(new Layout().topic("a").batch("a", 1).topic("c"));
    assertThat(a.next(A_WHILE)).isNull();
    peer.publish("a", "4");
    peer.acknowledge(out);
    assertThat(a.next().payloads()).containsExactly("3");
  }

  @Test
  void removedSubscriberFindsWhatItHadWhenItIsBack() throws Exception {
    Layout both = new Layout().topicFor(List.of("a", "b"), "t").batch("a", 2);
    Peer peer = start(both);
    SubscriberSocket a = site.subscriber("a");
    peer.publish("t", "1", "2", "3");
    Push out = a.next();
    peer.acknowledge("t", "a", out.keys().subList(0, 1));

    reload(new Layout().topicFor(List.of("b"), "t"));
    assertThat(peer.ask(Peer.acks("t", "a", out.keys()))).contains("subscriber");
    peer.publish("t", "4");
    assertThat(Cli.done(site, "stats")).containsPattern("a +detached +2 ");

    reload(both);
    peer.publish("t", "5");
    assertThat(a.takeAll(3, peer)).containsExactly("2", "3", "5");
  }

  @Test
  void removedTopicFindsWhatItHadWhenItIsBackAndIsPurgedWhileItIsNot() throws Exception {
    Layout both = new Layout().topic("a").topic("b");
    Peer peer = start(both);
    peer.publish("b", "1", "2");
    reload(new Layout().topic("a"));
    assertThat(peer.ask("{\"Topic\":\"b\",\"Messages\":[{\"Payload\":\"x\"}]"))
        .contains("no topic");
    reload(both);
    SubscriberSocket b = site.subscriber("b");
    assertThat(b.next().payloads()).containsExactly("1", "2");

    reload(new Layout().topic("a"));
    assertThat(Cli.done(site, "purge", "-y", "-t", "b")).isEqualTo("b, b: 2 messages dropped\n");
    assertThat(Cli.done(site, "stats")).doesNotContain("b ");
    reload(both);
    peer.publish("b", "3");
    assertThat(b.next().payloads()).containsExactly("3");
  }

  @Test
  void subscriberIsReachedAtItsNewSocket() throws Exception {
    Peer peer = start(new Layout().topic("a"));
    SubscriberSocket before = site.subscriber("a");
    peer.publish("a", "1");
    assertThat(before.next().payloads()).containsExactly("1");

    SubscriberSocket after = site.subscriber("moved");
    reload(new Layout().topic("a").subscriberAt("a", site.socketOf("moved").toString()));
    assertThat(after.takeAll(1, peer)).containsExactly("1");
    peer.publish("a", "2");
    assertThat(after.next().payloads()).containsExactly("2");
    assertThat(before.isEmpty()).isTrue();
  }

  @Test
  void limitsAndDeadlinesHoldFromThenOn() throws Exception {
    Peer peer = start(new Layout().topic("a"));
    SubscriberSocket a = site.subscriber("a");
    peer.publish("a", "1");
    a.next();
    assertThat(reload(new Layout().topic("a", "AckRetry: 200ms").with("MaxMessageBytes: 10")))
        .contains("MaxMessageBytes was 4194304, is 10")
        .contains("topic a: AckRetry was 0s, is 200ms");
    assertThat(a.next().attempts()).containsExactly(2);
    Await.until(
        "the limit",
        () ->
            peer.ask("{\"Topic\":\"a\",\"Messages\":[{\"Payload\":\"longer than ten\"}]")
                .contains("10 bytes"));
  }

  @Test
  void roomToLeaveOnTheDiskHoldsFromThenOn() throws Exception {
    Peer peer = start(new Layout().topic("a"));
    String exbibyte = "1152921504606846976";
    assertThat(reload(new Layout().topic("a").with("MinFreeDisk: " + exbibyte)))
        .isEqualTo("reloaded: MinFreeDisk was 67108864, is " + exbibyte + "\n");
    String answer = peer.ask("{\"Topic\":\"a\",\"Messages\":[{\"Payload\":\"1\"}]");
    if (storage == Storage.MEMORY) {
      assertThat(answer).isEmpty();
      return;
    }
    assertThat(answer).contains("below MinFreeDisk");
    reload(new Layout().topic("a").with("MinFreeDisk: 0"));
    Await.until(
        "taken again",
        () -> peer.ask("{\"Topic\":\"a\",\"Messages\":[{\"Payload\":\"2\"}]").isEmpty());
    SubscriberSocket a = site.subscriber("a");
    assertThat(a.next().payloads()).first().isEqualTo("2");
  }

  @Test
  void metricsFileMovesAndLimitsAreNamedByTheirKeys() throws Exception {
    start(new Layout().topic("a"));
    Path one = site.directory().resolve("one.prom");
    Path two = site.directory().resolve("two.prom");
    reload(new Layout().topic("a").with("MetricsFile: " + one));
    Await.until("written", () -> Files.exists(one));
    assertThat(
            reload(
                new Layout()
                    .topic("a", "MaxMessages: 7", "WhenFull: drop-oldest")
                    .with("MetricsFile: " + two)))
        .contains("topic a: MaxMessages was 0, is 7\n")
        .contains("topic a: WhenFull was block, is drop-oldest\n");
    Await.until("written there", () -> Files.exists(two));
    assertThat(one).doesNotExist();
    reload(new Layout().topic("a"));
    assertThat(two).doesNotExist();
  }

  @Test
  void fileThatSaysWhatItSaidChangesNothing() throws Exception {
    Layout layout = new Layout().topic("a");
    start(layout);
    assertThat(reload(layout)).isEqualTo("reloaded: nothing has changed\n");
    assertThat(Cli.done(site, "reload", "--json")).isEqualTo("{\"changes\":[]}\n");
  }
}
