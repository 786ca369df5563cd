package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that subscribe (3.7), and several workers of one subscriber (4.11). */
@Timeout(120)
class WorkerIT {
  private static final Duration A_WHILE = Duration.ofMillis(400);

  private Site site;

  @AfterEach
  void close() throws IOException {
    if (site != null) { // otherwise the test was skipped
      site.close();
    }
  }

  private void start(Layout layout) throws Exception {
    site = Site.started(Storage.DIRECTORY, layout);
  }

  /** A broker with one topic t and its subscriber t, which has no socket. */
  private void startWithoutSocket(int batchSize, String... options) throws Exception {
    start(new Layout().topic("t", options).batch("t", batchSize).subscriberWithoutSocket("t"));
  }

  private static String command(String subscriber, String command, String more) {
    return "{\"Subscriber\":\"" + subscriber + "\",\"Command\":\"" + command + '"' + more;
  }

  // ---- subscribing ----------------------------------------------------------------------------

  @Test
  void oneTypedLineMakesASubscriberThatAcknowledgesAndPublishesOnTheSameConnection()
      throws Exception {
    startWithoutSocket(50);
    Peer worker = site.peer();
    worker.send("{\"Subscriber\":\"t\",\"Command\":\"SUBSCRIBE\"}\n");
    site.peer().publish("t", "a", "b");
    Push push = worker.push();
    assertThat(push.payloads()).containsExactly("a", "b");
    worker.acknowledge(push);
    worker.publish("t", "c");
    assertThat(worker.push().payloads()).containsExactly("c");
  }

  @Test
  void whatIsOutOnAConnectionThatEndsIsRedeliveredAtOnceToWhoeverIsFree() throws Exception {
    startWithoutSocket(2);
    Peer lost = site.peer().subscribe("t");
    Peer producer = site.peer();
    producer.publish("t", "a", "b");
    assertThat(lost.push().payloads()).containsExactly("a", "b");
    producer.publish("t", "c", "d");
    Peer other = site.peer().subscribe("t");
    Push first = other.push();
    assertThat(first.payloads()).containsExactly("c", "d");
    producer.publish("t", "e");
    lost.close();
    Await.askingSeldom(
        "the broker has taken back what was out",
        () -> Cli.done(site, "peek", "-t", "t", "--state", "redeliver").contains("\"b\""));
    other.acknowledge(first);
    Push second = other.push();
    assertThat(second.payloads()).containsExactly("a", "b");
    assertThat(second.attempts()).containsOnly(2);
    other.acknowledge(second);
    assertThat(other.push().payloads()).containsExactly("e");
  }

  @Test
  void whatAWorkerWroteBeforeItClosedItsSideIsCarriedOutFirst() throws Exception {
    startWithoutSocket(50);
    Peer lost = site.peer().subscribe("t");
    site.peer().publish("t", "a", "b");
    Push push = lost.push();
    lost.send(Peer.acks("t", "t", push.keys().subList(0, 1)) + "}");
    lost.endOutput();
    lost.assertEnded();
    assertThat(site.peer().subscribe("t").push().payloads()).containsExactly("b");
  }

  @Test
  void topicsAndBatchSizeAreThoseThatTheWorkerNamed() throws Exception {
    start(
        new Layout()
            .topicFor(List.of("s"), "t1")
            .topicFor(List.of("s"), "t2")
            .topicFor(List.of("s"), "t3")
            .subscriberWithoutSocket("s"));
    Peer worker = site.peer();
    worker.confirmed(command("s", "SUBSCRIBE", ",\"Topic\":\"t1\",\"BatchSize\":2"));
    worker.confirmed(command("s", "SUBSCRIBE", ",\"Topic\":\"t2\""));
    Peer producer = site.peer();
    producer.publish("t3", "not for it");
    producer.publish("t1", "a", "b", "c");
    Push push = worker.push();
    assertThat(push.payloads()).containsExactly("a", "b");
    producer.publish("t2", "x");
    assertThat(worker.push().payloads()).containsExactly("x");
    worker.acknowledge(push);
    assertThat(worker.push().payloads()).containsExactly("c");
    worker.confirmed(command("s", "SUBSCRIBE", ""));
    assertThat(worker.push().payloads()).containsExactly("not for it");
  }

  @Test
  void workerOfAllTopicsGetsThoseThatAReloadAdds() throws Exception {
    startWithoutSocket(50);
    Peer worker = site.peer().subscribe("t");
    site.configure(
        new Layout()
            .topicFor(List.of("t"), "t")
            .topicFor(List.of("t"), "new")
            .subscriberWithoutSocket("t"));
    site.broker().hangUp();
    Peer producer = site.peer();
    Await.until("the topic is there", () -> producer.ask("{\"Topic\":\"new\"").isEmpty());
    producer.publish("new", "a");
    assertThat(worker.push().topic()).isEqualTo("new");
  }

  @Test
  void unsubscribedConnectionGetsNothingMoreAndKeepsWhatIsOut() throws Exception {
    startWithoutSocket(50);
    Peer worker = site.peer().subscribe("t");
    Peer producer = site.peer();
    producer.publish("t", "a");
    Push out = worker.push();
    worker.confirmed(command("t", "UNSUBSCRIBE", ""));
    producer.publish("t", "b");
    worker.acknowledge("t", "t", List.of());
    worker.assertNothingIsPushed(A_WHILE);
    Peer other = site.peer().subscribe("t");
    assertThat(other.push().payloads()).containsExactly("b");
    worker.acknowledge(out);
    worker.close();
    other.assertNothingIsPushed(A_WHILE);
  }

  @Test
  void refusedSubscribeIsAnsweredThoughNobodyAsked() throws Exception {
    startWithoutSocket(50);
    Peer peer = site.peer();
    peer.send(command("nobody", "SUBSCRIBE", "}"));
    assertThat(peer.line())
        .startsWith("{\"confirm\":\"\",\"error\":\"there is no subscriber \\\"nobody\\\"")
        .endsWith("\"code\":\"unknown-subscriber\"}\n");
    peer.send(command("t", "SUBSCRIBE", ",\"Topic\":\"no\"}"));
    assertThat(peer.line()).contains("\"confirm\":\"\"", "unknown-topic");
    peer.send(command("t", "SUBSCRIBE", ",\"BatchSize\":0}"));
    assertThat(peer.line()).contains("\"confirm\":\"\"", "BatchSize", "malformed");
    peer.subscribe("t");
    peer.send(command("other", "SUBSCRIBE", "}"));
    assertThat(peer.line()).contains("\"confirm\":\"\"", "has subscribed as", "malformed");
  }

  @Test
  void reloadThatTakesTheSubscriberAwayClosesItsConnections() throws Exception {
    start(
        new Layout()
            .topic("t")
            .topic("u")
            .subscriberWithoutSocket("t")
            .subscriberWithoutSocket("u"));
    Peer gone = site.peer().subscribe("t");
    Peer stays = site.peer().subscribe("u");
    site.peer().publish("t", "out");
    gone.push();
    site.configure(new Layout().topic("u").subscriberWithoutSocket("u"));
    site.broker().hangUp();
    gone.assertEnded();
    site.peer().publish("u", "a");
    assertThat(stays.push().payloads()).containsExactly("a");
  }

  @Test
  void fullTopicRefusesAWorkerInsteadOfHoldingIt() throws Exception {
    startWithoutSocket(1, "MaxMessages: 2");
    Peer worker = site.peer().subscribe("t");
    worker.publish("t", "a", "b");
    Push push = worker.push();
    assertThat(worker.refused("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"c\"}]"))
        .isEqualTo("topic-full");
    worker.acknowledge(push);
    assertThat(worker.push().payloads()).containsExactly("b");
  }

  @Test
  void connectionWithAHeldPublishIsReadAgainAsSoonAsItSubscribes() throws Exception {
    startWithoutSocket(1, "MaxMessages: 2");
    site.peer().publish("t", "a", "b");
    String held = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"c\"}]}";
    site.peer().confirmed(held + command("t", "RECONNECT", "")); // waits for room first
    Peer worker = site.peer();
    worker.send(held + command("t", "SUBSCRIBE", "}"));
    Push push = worker.push();
    assertThat(push.payloads()).containsExactly("a");
    worker.acknowledge(push);
    Push next = worker.push();
    assertThat(next.payloads()).containsExactly("b");
    worker.acknowledge(next);
    assertThat(worker.push().payloads()).containsExactly("c");
  }

  @Test
  void workerThatTakesNothingOfABatchIsClosedAndTheOthersGetIt() throws Exception {
    startWithoutSocket(50, "AckRetry: 1h");
    byte[] subscribe = command("t", "SUBSCRIBE", "}").getBytes(UTF_8);
    try (SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()))) {
      deaf.write(ByteBuffer.wrap(subscribe));
      Await.until("it has subscribed", this::isConnected);
      site.peer().publish("t", "x".repeat(1 << 20));
      site.peer().publish("t", "y");
      Peer other = site.peer().subscribe("t");
      Push push = other.push();
      assertThat(push.payloads()).containsExactly("y");
      other.acknowledge(push);
      assertThat(other.push().attempts()).containsExactly(1);
      assertThat(site.broker().said("reads nothing of a batch")).hasSize(1);
    }
  }

  private boolean isConnected() throws Exception {
    return Cli.run(site, "stats").out().contains("connected");
  }

  // ---- several workers ------------------------------------------------------------------------

  @Test
  void batchesGoToTheFreeWorkerThatHasWaitedLongest() throws Exception {
    startWithoutSocket(1);
    Peer first = site.peer().subscribe("t");
    Peer second = site.peer().subscribe("t");
    Peer producer = site.peer();
    producer.publish("t", "1");
    Push one = first.push();
    producer.publish("t", "2");
    Push two = second.push();
    second.acknowledge(two);
    first.acknowledge(one);
    producer.publish("t", "3");
    assertThat(second.push().payloads()).containsExactly("3");
    producer.publish("t", "4");
    assertThat(first.push().payloads()).containsExactly("4");
  }

  @Test
  void statsAndMetricsCountThem() throws Exception {
    startWithoutSocket(1);
    Peer first = site.peer().subscribe("t");
    site.peer().subscribe("t");
    assertThat(site.ask("GET /stats")).contains("\"workers\":2");
    first.close();
    Await.until("one is left", () -> site.ask("GET /stats").contains("\"workers\":1"));
  }

  @Test
  void reconnectOfAWorkerIsAboutWhatIsOutOnItsConnection() throws Exception {
    startWithoutSocket(1);
    Peer first = site.peer().subscribe("t");
    Peer second = site.peer().subscribe("t");
    Peer producer = site.peer();
    producer.publish("t", "1", "2");
    assertThat(first.push().payloads()).containsExactly("1");
    assertThat(second.push().payloads()).containsExactly("2");
    second.reconnect("t");
    Push again = second.push();
    assertThat(again.payloads()).containsExactly("2");
    assertThat(again.attempts()).containsExactly(2);
    site.peer().reconnect("t");
    first.assertNothingIsPushed(A_WHILE);
    second.assertNothingIsPushed(A_WHILE);
  }

  @Test
  void withDedupeAWorkerAcknowledgesNothingThatIsOutWithAnother() throws Exception {
    startWithoutSocket(1, "Dedupe: true");
    Peer first = site.peer().subscribe("t");
    Peer producer = site.peer();
    producer.publishKeyed("t", "k", "1");
    Push push = first.push();
    Peer second = site.peer().subscribe("t");
    second.acknowledge(push);
    first.close();
    Push again = second.push();
    assertThat(again.keys()).containsExactly("k");
    assertThat(again.attempts()).containsExactly(2);
    producer.acknowledge(again);
    producer.publish("t", "next");
    assertThat(second.push().payloads()).containsExactly("next");
  }

  @Test
  void twoVersionsOfAKeyAreNeverOutAtOnce() throws Exception {
    startWithoutSocket(1, "Dedupe: true");
    Peer first = site.peer().subscribe("t");
    Peer second = site.peer().subscribe("t");
    Peer producer = site.peer();
    producer.publishKeyed("t", "k", "old");
    Push old = first.push();
    producer.publishKeyed("t", "k", "new");
    second.assertNothingIsPushed(A_WHILE);
    first.acknowledge(old);
    assertThat(second.push().payloads()).containsExactly("new");
  }

  @Test
  void socketIsConnectedToOnlyWhenNoWorkerIsFree() throws Exception {
    start(new Layout().topic("t").batch("t", 1));
    SubscriberSocket socket = site.subscriber("t");
    Peer worker = site.peer().subscribe("t");
    Peer producer = site.peer();
    producer.publish("t", "1");
    Push one = worker.push();
    assertThat(socket.isEmpty()).isTrue();
    producer.publish("t", "2");
    Push two = socket.next();
    assertThat(two.payloads()).containsExactly("2");
    worker.acknowledge(one);
    producer.publish("t", "3");
    assertThat(worker.push().payloads()).containsExactly("3");
  }

  @Test
  void eachConnectionToASocketIsAWorker() throws Exception {
    start(new Layout().topic("t").batch("t", 1).subscriberWith("t", "Connections: 3"));
    SubscriberSocket socket = site.subscriber("t");
    Peer producer = site.peer();
    producer.publish("t", "1", "2", "3", "4");
    List<String> out = new ArrayList<>();
    List<Push> pushes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Push push = socket.next();
      pushes.add(push);
      out.addAll(push.payloads());
    }
    assertThat(out).containsExactlyInAnyOrder("1", "2", "3");
    Thread.sleep(A_WHILE.toMillis());
    assertThat(socket.isEmpty()).isTrue();
    assertThat(socket.connectedAtNanos()).hasSize(3);
    producer.acknowledge(pushes.get(1));
    assertThat(socket.next().payloads()).containsExactly("4");
  }

  @Test
  void secondConnectionIsOpenedOnlyWhenTheFirstIsBusyAndMoreWaits() throws Exception {
    start(new Layout().topic("t").batch("t", 50).subscriberWith("t", "Connections: 3"));
    SubscriberSocket socket = site.subscriber("t");
    Peer producer = site.peer();
    for (int i = 0; i < 5; i++) {
      producer.publish("t", Integer.toString(i));
      producer.acknowledge(socket.next());
    }
    assertThat(socket.connectedAtNanos()).hasSize(1);
  }

  @Test
  void moreConnectionsWithoutAckRetryIsWarnedOf() throws Exception {
    start(new Layout().topic("t").subscriberWith("t", "Connections: 2"));
    assertThat(site.broker().errors("has no AckRetry")).hasSize(1);
  }

  /** contrib/batch.py, started as by example-batch.socket. */
  @Test
  void socketThatAcceptsStartsAProcessForEachBatch() throws Exception {
    Requirement.programs("python3", "systemd-socket-activate");
    start(
        new Layout()
            .topic("t", "AckRetry: 1h")
            .batch("t", 1)
            .subscriberWith("t", "Connections: 3"));
    Path said = site.directory().resolve("said");
    Process systemd =
        new ProcessBuilder(
                "systemd-socket-activate",
                "--accept",
                "--inetd",
                "--listen=" + site.socketOf("t"),
                "python3",
                Path.of("../contrib/batch.py").toAbsolutePath().toString(),
                "--broker=" + site.serverSocket())
            .redirectError(said.toFile())
            .start();
    try {
      Peer producer = site.peer();
      producer.publish("t", "m1", "m2", "m3", "m4", "m5", "m6");
      Await.askingSeldom(
          "all batches are worked through", () -> Cli.done(site, "peek", "-t", "t").isEmpty());
      assertThat(Files.readAllLines(said).stream().filter(line -> line.matches("m\\d")))
          .containsExactlyInAnyOrder("m1", "m2", "m3", "m4", "m5", "m6");
    } finally {
      systemd.destroy();
    }
  }
}
