package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Unacknowledged messages, from outside, with the command for dead letters. */
class DeadLetterIT {
  private static final Path LAUNCHER = Path.of(System.getProperty("ppmq.home"), "bin", "ppmq");

  private Site site;
  private Peer peer;

  @BeforeEach
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topic("t", "AckRetry: 1s", "MaxDeliveries: 2", "DeadLetter: dead", "Dedupe: true")
            .topicFor(
                List.of("one", "two"),
                "shared",
                "AckRetry: 1s",
                "MaxDeliveries: 2",
                "DeadLetter: morgue")
            .topic("forbidden", "Publishers: [daemon]")
            .topicFor(List.of("undertaker"), "morgue", "Dedupe: true")
            .topicFor(List.of(), "dead");
    site = Site.started(Storage.DIRECTORY, layout);
    peer = site.peer();
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private List<String> dead(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "dead"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-c", site.config().toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  /** Publishes a message that is delivered twice and never acknowledged. */
  private SubscriberSocket letDie(String message) throws Exception {
    SubscriberSocket subscriber = site.subscriber("t");
    peer.publish("t", Stream.of(message));
    subscriber.next();
    subscriber.next();
    site.broker().said("now in topic dead");
    Await.until("the letter", () -> !dead("--json").isEmpty()); // committed after it is logged
    return subscriber;
  }

  @Test
  void deadLetterIsKeptOverARestartAndPublishedAgainAsItWas() throws Exception {
    SubscriberSocket subscriber = letDie("{\"Key\":\"k\",\"Payload\":{\"a\": [1.50, \"ü\"]}}");
    site.broker().kill();
    site.start();
    peer = site.peer();
    List<String> letters = dead("--json");
    assertThat(letters)
        .singleElement()
        .asString()
        .contains("\"topic\":\"t\",\"subscriber\":\"t\",\"key\":\"k\",\"attempts\":2,")
        .endsWith("\"payload\":{\"a\": [1.50, \"ü\"]}}}");

    String id = letters.get(0).replaceAll(".*\"id\":\"([^\"]+)\".*", "$1");
    assertThat(dead("requeue", id)).containsExactly("requeued 1 dead letter");
    Push push = subscriber.next();
    assertThat(push.keys()).containsExactly("k");
    peer.acknowledge(push);
    assertThat(dead()).containsExactly("there are no dead letters");
  }

  @Test
  void whatAProducerPublishesIsRequeuedNowhereHoweverItLooks() throws Exception {
    SubscriberSocket forbidden = site.subscriber("forbidden");
    String lookalike =
        "{\"topic\":\"forbidden\",\"subscriber\":\"forbidden\",\"key\":\"k\",\"attempts\":2,"
            + "\"published\":\"2026-11-22T16:49:12.386Z\",\"died\":\"2026-11-22T16:49:13.327Z\","
            + "\"reason\":\"sent 2 times\",\"priority\":0,\"payload\":\"smuggled\"}";
    peer.publish("morgue", Stream.of("{\"Key\":\"k\",\"Payload\":" + lookalike + "}"));

    assertThat(dead()).containsExactly("there are no dead letters");
    assertThat(dead("requeue", "--all")).containsExactly("requeued 0 dead letters");
    assertThat(dead("drop", "--all", "--yes")).containsExactly("dropped 0 dead letters");
    assertThat(forbidden.isEmpty()).isTrue();
    assertThat(site.subscriber("undertaker").takeAll(1, peer)).containsExactly(lookalike);
  }

  @Test
  void requeuedMessageReachesTheSubscriberForWhichItDiedAloneThoughTheBrokerIsKilled()
      throws Exception {
    SubscriberSocket one = site.subscriber("one");
    SubscriberSocket two = site.subscriber("two");
    peer.publish("shared", "bad");
    peer.acknowledge(two.next());
    one.next();
    one.next();
    site.broker().said("now in topic morgue");
    one.close();
    Await.until("the letter", () -> !dead("--json").isEmpty()); // committed after it is logged
    assertThat(dead("requeue", "--all")).containsExactly("requeued 1 dead letter");
    site.broker().kill();
    site.start();
    peer = site.peer();

    one = site.subscriber("one");
    Push push = one.next();
    assertThat(push.payloads()).containsExactly("bad");
    peer.acknowledge(push);
    peer.publish("shared", "good");
    assertThat(one.takeAll(1, peer)).containsExactly("good");
    assertThat(two.takeAll(1, peer)).containsExactly("good");
    assertThat(dead()).containsExactly("there are no dead letters");
  }

  @Test
  void messageOfWhichANewerVersionWaitsStaysADeadLetterAndTheCommandSaysWhy() throws Exception {
    letDie("{\"Key\":\"k\",\"Payload\":\"old\"}").close();
    peer.publish("t", Stream.of("{\"Key\":\"k\",\"Payload\":\"new\"}"));

    Cli run = Cli.run(site, "dead", "requeue", "--all");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEqualTo("requeued 0 dead letters\n");
    assertThat(run.err())
        .containsPattern("ppmq: \\S+ is not requeued: a newer version of its key waits");
  }

  @Test
  void eachOfSeveralLettersThatStaysIsNamedWithItsReasonAndTheOthersAreRequeued() throws Exception {
    letDie("{\"Key\":\"k\",\"Payload\":\"old\"}").close();
    String id = dead("--json").get(0).replaceAll(".*\"id\":\"([^\"]+)\".*", "$1");

    Cli run = Cli.run(site, "dead", "requeue", "no-such", id, "nor-this");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEqualTo("requeued 1 dead letter\n");
    assertThat(run.err())
        .isEqualTo(
            """
            ppmq: no-such is not requeued: there is no dead letter with the ID no-such
            ppmq: nor-this is not requeued: there is no dead letter with the ID nor-this
            """);
  }

  @Test
  void droppedDeadLetterIsGone() throws Exception {
    letDie("{\"Payload\":\"bad\"}");
    assertThat(dead("-t", "dead")).singleElement().asString().endsWith(": \"bad\"");
    assertThat(dead("drop", "--all", "--yes")).containsExactly("dropped 1 dead letter");
    assertThat(dead()).containsExactly("there are no dead letters");
  }
}
