package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Paused topics and subscribers. */
class PauseIT {
  private static final Duration A_WHILE = Duration.ofMillis(300);

  private Site site;
  private Peer peer;
  private SubscriberSocket a;
  private SubscriberSocket b;

  @BeforeEach
  void start() throws Exception {
    site =
        Site.started(
            Storage.DIRECTORY,
            new Layout().topicFor(List.of("a", "b"), "t").topicFor(List.of("a"), "u"));
    peer = site.peer();
    a = site.subscriber("a");
    b = site.subscriber("b");
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  @Test
  void pausedTopicIsPushedToNobody() throws Exception {
    assertThat(Cli.done(site, "pause", "-t", "t")).isEqualTo("topic t: paused\n");
    peer.publish("t", "1");
    assertThat(a.next(A_WHILE)).isNull();
    assertThat(b.isEmpty()).isTrue();
    peer.publish("u", "2");
    assertThat(a.next().payloads()).containsExactly("2");

    assertThat(Cli.done(site, "resume", "t")).isEqualTo("topic t: resumed\n");
    assertThat(Cli.done(site, "resume", "t")).isEqualTo("topic t: was not paused\n");
    assertThat(site.broker().errors("resumed: topic t")).hasSize(1);
    assertThat(a.next().payloads()).containsExactly("1");
    assertThat(b.next().payloads()).containsExactly("1");
  }

  @Test
  void pausedSubscriberIsPushedNothingAndAcknowledges() throws Exception {
    peer.publish("t", "1");
    Push out = a.next();
    Cli.done(site, "pause", "-s", "a");
    peer.acknowledge(out);
    peer.publish("t", "2");
    peer.publish("u", "3");
    peer.reconnect("a");
    assertThat(a.next(A_WHILE)).isNull();
    assertThat(b.next().payloads()).containsExactly("1");
    assertThat(Cli.done(site, "stats")).containsPattern("a +paused +1 ");
    Cli.done(site, "resume", "-s", "a");
    assertThat(a.takeAll(2, peer)).containsExactlyInAnyOrder("2", "3");
  }

  @Test
  void pauseOutlivesAKilledBroker() throws Exception {
    Cli.done(site, "pause", "-t", "t", "-s", "a");
    site.broker().kill();
    site.start();
    Peer again = site.peer();
    again.publish("t", "1");
    assertThat(b.next().payloads()).containsExactly("1");
    assertThat(a.next(A_WHILE)).isNull();
    assertThat(site.ask("GET /stats")).contains("\"paused\":true");
    assertThat(Cli.done(site, "resume", "-t", "t", "-s", "a", "--json"))
        .isEqualTo("{\"changed\":true}\n");
    assertThat(a.next().payloads()).containsExactly("1");
  }

  @Test
  void whatIsNotThereIsRefused() throws Exception {
    Cli refused = Cli.run(site, "pause", "-t", "nope");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err())
        .isEqualTo("ppmq: there is no topic \"nope\": 'ppmq stats' shows the topics\n");
    assertThat(Cli.run(site, "resume").status()).isEqualTo(2);
    assertThat(Cli.done(site, "resume", "-t", "t")).isEqualTo("topic t: was not paused\n");
  }
}
