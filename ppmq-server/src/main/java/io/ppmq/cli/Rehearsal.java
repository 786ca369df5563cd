package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.client.Address;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberCommands;
import io.ppmq.config.ConfigFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Does once, quietly and within one JVM, what a broker does in its life, so that the archive of
 * loaded classes that is made of this run holds what a start needs. Takes no arguments; the exit
 * status is 0 when everything went as it should.
 */
public final class Rehearsal {
  private static final int MESSAGES = 400;
  private static final int KEYS = 40;
  private static final long PATIENCE_SECONDS = 20;

  private static final String CONFIG =
      """
      ServerSocket: %1$s/ppmq.socket
      DataPath: %1$s/data
      Subscribers:
        - Name: one
          Socket: %1$s/one.socket
        - Name: other
          Socket: %1$s/other.socket
      Topics:
        - Name: plain
          Subscribers: [one, other]
          Priorities: 3
          AckRetry: 1m
          Expire: true
        - Name: keyed
          Subscribers: [one]
          Dedupe: true
          Expire: true
      """;

  private final Path directory;
  private final Path configFile;
  private final Address broker;
  private final Terminal nowhere =
      new Terminal(
          new ByteArrayInputStream("a line\nanother\n".getBytes(UTF_8)),
          new PrintStream(OutputStream.nullOutputStream(), false, UTF_8),
          new PrintStream(OutputStream.nullOutputStream(), true, UTF_8),
          Map.of());

  private Rehearsal(Path directory) {
    this.directory = directory;
    this.configFile = directory.resolve("ppmq.yaml");
    this.broker = Address.of(directory.resolve("ppmq.socket").toString());
  }

  /** Rehearses. Throws, and so ends with status 1, at the first thing that is not as it should. */
  public static void main(String[] args) throws Exception {
    try (TemporaryDirectory directory = new TemporaryDirectory("ppmq-rehearsal-")) {
      Path log = directory.path().resolve("log");
      System.setProperty("org.slf4j.simpleLogger.logFile", log.toString());
      new Rehearsal(directory.path()).play();
    }
  }

  private void play() throws Exception {
    Files.writeString(configFile, CONFIG.formatted(directory));
    expect(Status.DONE, "check");
    expect(Status.CONFIG, "serve", "-c", directory.resolve("none").toString());
    RunningBroker running =
        RunningBroker.start(ConfigFile.load(configFile).config(), Runtime.getRuntime()::halt);
    try {
      publish();
      receive("other", 2);
      askOverAdmin();
      refuseNonsense();
      receive("one", 1);
    } finally {
      running.stop();
    }
  }

  private void publish() throws Exception {
    Instant soon = Instant.now().plusMillis(1);
    Instant late = Instant.now().plusSeconds(PATIENCE_SECONDS);
    Stream<OutgoingMessage> plain =
        IntStream.range(0, MESSAGES)
            .mapToObj(
                i ->
                    OutgoingMessage.text("message " + i)
                        .withPriority(i % 3)
                        .withExpires(i % 10 == 1 ? soon : late));
    Stream<OutgoingMessage> keyed =
        IntStream.range(0, MESSAGES)
            .mapToObj(i -> OutgoingMessage.json("{\"n\":" + i + "}").withKey("key" + i % KEYS));
    try (Publisher publisher = new Publisher(broker)) {
      publisher.publishAll("plain", plain.iterator());
      publisher.publish("keyed", keyed.toList());
    }
    expect(Status.DONE, "publish", "-t", "plain", "--expires", "1h");
  }

  /** Takes batches, lets one of them wait for a RECONNECT, and goes when nothing is left. */
  private void receive(String name, int failures) throws Exception {
    CountDownLatch failed = new CountDownLatch(failures);
    Address own = Address.of(directory.resolve(name + ".socket").toString());
    Subscriber subscriber =
        Subscriber.builder(name, broker)
            .problems((sentence, cause) -> {})
            .listen(
                own,
                batch -> {
                  if (failed.getCount() > 0) {
                    failed.countDown();
                    throw new IllegalStateException("not this time");
                  }
                });
    try (subscriber;
        SubscriberCommands commands =
            new SubscriberCommands(broker, Duration.ofSeconds(PATIENCE_SECONDS))) {
      commands.acknowledge("plain", name, List.of("unknown"));
      long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (left(name) > 0) {
        if (System.nanoTime() - deadlineNanos > 0) {
          throw new IllegalStateException("not everything was delivered to " + name);
        }
        commands.reconnect(name, null);
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  private long left(String name) throws Exception {
    return JsonTree.parse(admin().get("/stats")).list("topics").stream()
        .flatMap(topic -> topic.list("subscribers").stream())
        .filter(queue -> queue.text("subscriber").equals(name))
        .mapToLong(queue -> queue.count("backlog") + queue.count("inFlight"))
        .sum();
  }

  private AdminClient admin() {
    return new AdminClient(new io.ppmq.config.Address.Unix(directory.resolve("ppmq.socket.admin")));
  }

  private void askOverAdmin() {
    expect(Status.DONE, "stats");
    expect(Status.DONE, "peek", "keyed", "-n", "5");
    expect(Status.FAILED, "peek", "plain", "-s", "nobody");
  }

  private void refuseNonsense() throws IOException {
    expect(Status.FAILED, "publish", "-t", "unknown", "x");
    var address = UnixDomainSocketAddress.of(directory.resolve("ppmq.socket"));
    try (SocketChannel channel = SocketChannel.open(address)) {
      channel.write(UTF_8.encode("{\"Topic\":\"plain\"}]\n"));
      ByteBuffer answer = ByteBuffer.allocate(1);
      if (channel.read(answer) >= 0) {
        throw new IllegalStateException("what is not JSON was answered");
      }
    }
  }

  /** Runs a command within this JVM. */
  private void expect(int status, String command, String... args) {
    Stream<String> config =
        List.of(args).contains("-c") ? Stream.of() : Stream.of("-c", configFile.toString());
    String[] words =
        Stream.concat(Stream.of(command), Stream.concat(config, Stream.of(args)))
            .toArray(String[]::new);
    int got = Ppmq.run(nowhere, words);
    if (got != status) {
      throw new IllegalStateException("ppmq " + command + " ended with status " + got);
    }
  }
}
