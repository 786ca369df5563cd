package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many clients at once, and very slow ones, and the broker's resources during and after that. */
class LoadIT {
  private static final long MB = 1_000_000;

  /** The memory that the JVM takes at its first work. */
  private static final long WARM_MORE = 40 * MB;

  /** The same with the largest values: its heap has a bound of 64 MiB. */
  private static final long HEAP_MORE = 120 * MB;

  private static final long LOG_MORE = 40 * MB;

  private Site site;
  private Peer peer;
  private SubscriberSocket subscriber;

  @AfterEach
  void stop() throws Exception {
    try {
      assertThat(site.broker().saidToTheEnd("Exception")).isEmpty();
    } finally {
      site.close();
    }
  }

  /** Starts a broker, sends a message through it, and returns its resources. */
  private Footprint startWarm() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    peer = site.peer();
    subscriber = site.subscriber("t");
    peer.publish("t", "warm");
    subscriber.takeAll(1, peer);
    return Footprint.of(site);
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()));
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Test
  void memoryThatOnlyTheStartNeededIsGivenBack() throws Exception {
    Footprint before = startWarm();
    Footprint.awaitBack(site, before, -10 * MB, LOG_MORE);
  }

  // ---- producers ------------------------------------------------------------------------------

  @Test
  void thousandProducersThatConnectPublishAndLeaveCostNothingAfterwards() throws Exception {
    Footprint before = startWarm();
    ExecutorService producers = Executors.newFixedThreadPool(20);
    try {
      List<Future<?>> left = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        int number = i;
        left.add(producers.submit(() -> publishAndLeave(number)));
      }
      List<String> payloads = subscriber.takeAll(1000, peer);
      for (Future<?> one : left) {
        one.get();
      }
      assertThat(new HashSet<>(payloads)).hasSize(1000);
    } finally {
      producers.shutdownNow();
    }
    Footprint.awaitBack(site, before, WARM_MORE, LOG_MORE);
  }

  /**
   * Every second client does not wait for an answer, and so leaves while its value is under way.
   */
  private void publishAndLeave(int number) {
    boolean waits = number % 2 == 0;
    String confirm = waits ? ",\"Confirm\":\"c\"" : "";
    try (SocketChannel channel = connect()) {
      write(
          channel,
          "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"p%d\"}]%s}".formatted(number, confirm));
      if (waits) {
        assertThat(channel.read(ByteBuffer.allocate(100))).isPositive();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void tenThousandIdleConnectionsCostLittleAndSlowNobody() throws Exception {
    Footprint before = startWarm();
    int count = Math.min(10_000, openFilesMax() - 500);
    List<SocketChannel> idle = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        idle.add(connect());
      }
      Await.until("all accepted", () -> Footprint.of(site).files() >= before.files() + count);
      Footprint with = Footprint.of(site);
      System.out.println(count + " idle connections: from " + before + "\n  to " + with);
      with.assertRssBelow(before.rssBytes() + 4096L * count + 20 * MB);
      assertThat(with.threads()).isLessThanOrEqualTo(before.threads() + 3);
      for (int i = 0; i < 50; i++) {
        peer.publish("t", "p" + i);
        assertThat(subscriber.takeAll(1, peer)).containsExactly("p" + i);
      }
      SocketChannel last = idle.get(count - 1);
      write(last, "{\"Topic\":\"t\",\"Confirm\":\"c\"}");
      assertThat(last.read(ByteBuffer.allocate(100))).isPositive();
    } finally {
      for (SocketChannel channel : idle) {
        channel.close();
      }
    }
    Footprint.awaitBack(site, before, WARM_MORE, LOG_MORE);
  }

  /** The limit of open files of this process, and of the broker. */
  private static int openFilesMax() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/limits")).stream()
            .filter(limit -> limit.startsWith("Max open files"))
            .findFirst()
            .orElseThrow();
    return Integer.parseInt(line.replaceAll("\\D+(\\d+)\\s.*", "$1"));
  }

  @Test
  void moreConnectionsThanFilesHarmNobody() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    site.start(200);
    peer = site.peer();
    peer.publish("t", "first");
    List<SocketChannel> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        crowd.add(connect());
      }
      site.broker().said("connections are open");
      long before = cpuTicks();
      String enoughForNewLogs = "x".repeat(1_000_000);
      for (int i = 0; i < 30; i++) {
        peer.publish("t", enoughForNewLogs);
      }
      assertThat(cpuTicks() - before).as("1/100 s of CPU").isLessThan(2000);
      subscriber = site.subscriber("t");
      assertThat(subscriber.takeAll(31, peer)).hasSize(31);
      for (SocketChannel channel : crowd) {
        channel.close();
      }
      site.peer().publish("t", "there is room again");
      assertThat(subscriber.takeAll(1, peer)).containsExactly("there is room again");
      assertThat(site.broker().saidToTheEnd("connections are open")).hasSize(1);
      assertThat(site.broker().errors("Too many open files")).isEmpty();
    } finally {
      for (SocketChannel channel : crowd) {
        channel.close();
      }
    }
  }

  @Test
  void newConnectionHasThePlaceOfOneThatWasClosedBefore() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    site.start(200);
    for (int round = 0; round < 20; round++) {
      List<SocketChannel> crowd = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        crowd.add(connect());
      }
      for (SocketChannel channel : crowd) {
        channel.close();
      }
      site.peer().publish("t", "there is room again");
    }
  }

  private long cpuTicks() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + site.broker().pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  // ---- subscribers ----------------------------------------------------------------------------

  /** Reads one byte a second. */
  private static final class Sip implements Closeable {
    private final ServerSocketChannel server;
    private final Thread thread = new Thread(this::run, "sip");
    private final AtomicInteger read = new AtomicInteger();

    Sip(Path socket) throws IOException {
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(socket));
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try (SocketChannel channel = server.accept()) {
        while (channel.read(ByteBuffer.allocate(1)) > 0) {
          read.incrementAndGet();
          LockSupport.parkNanos(1_000_000_000);
        }
      } catch (IOException e) {
        // closed by either side
        return;
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
      thread.interrupt();
    }
  }

  @Test
  void subscriberThatReadsOneByteASecondSlowsNeitherTheOtherNorTheStop() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topicFor(List.of("fast", "slow"), "t"));
    Sip slow = site.closing(new Sip(site.socketOf("slow")));
    SubscriberSocket fast = site.subscriber("fast");
    peer = site.peer();
    String large = "x".repeat(100_000);
    long start = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      peer.publish("t", large);
      assertThat(fast.takeAll(1, peer)).hasSize(1);
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    System.out.println("100 messages of 100 kB past the slow one: " + millis + " ms");
    assertThat(slow.read.get()).isLessThan((int) (millis / 1000) + 3);
    Await.until("the slow one reads", () -> slow.read.get() > 0);
    Footprint.of(site).assertRssBelow(200 * MB);
    site.broker().terminateInTime();
  }

  @Test
  void twentySubscribersOfFiftyTopicsAllGetEverythingInOrder() throws Exception {
    List<String> names = IntStream.range(0, 20).mapToObj(i -> "s" + i).toList();
    Layout layout = new Layout();
    for (int topic = 0; topic < 50; topic++) {
      layout.topicFor(names, "t" + topic);
    }
    site = Site.started(Storage.DIRECTORY, layout);
    List<SubscriberSocket> subscribers = new ArrayList<>();
    for (String name : names) {
      subscribers.add(site.subscriber(name));
    }
    ExecutorService threads = Executors.newFixedThreadPool(names.size());
    try {
      List<Future<Map<String, List<String>>>> received = new ArrayList<>();
      for (SubscriberSocket each : subscribers) {
        Peer acks = site.peer();
        received.add(threads.submit(() -> takeByTopic(each, acks, 50 * 20)));
      }
      peer = site.peer();
      for (int i = 0; i < 20; i += 5) {
        for (int topic = 0; topic < 50; topic++) {
          peer.publish(
              "t" + topic, "p" + i, "p" + (i + 1), "p" + (i + 2), "p" + (i + 3), "p" + (i + 4));
        }
      }
      List<String> all = IntStream.range(0, 20).mapToObj(i -> "p" + i).toList();
      for (Future<Map<String, List<String>>> one : received) {
        assertThat(one.get())
            .hasSize(50)
            .allSatisfy((t, payloads) -> assertThat(payloads).isEqualTo(all));
      }
    } finally {
      threads.shutdownNow();
    }
    Footprint after = Footprint.of(site);
    System.out.println("50 topics, 20 subscribers: " + after);
    after.assertRssBelow(200 * MB);
  }

  private static Map<String, List<String>> takeByTopic(SubscriberSocket from, Peer acks, int count)
      throws Exception {
    Map<String, List<String>> byTopic = new HashMap<>();
    for (int taken = 0; taken < count; ) {
      Push push = from.next();
      byTopic.computeIfAbsent(push.topic(), topic -> new ArrayList<>()).addAll(push.payloads());
      taken += push.messages().size();
      acks.acknowledge(push);
    }
    return byTopic;
  }

  // ---- sizes ----------------------------------------------------------------------------------

  @Test
  void memoryComesBackAfterMessagesAndValuesOfTheLargestSize() throws Exception {
    Footprint before = startWarm();
    String largest = "p".repeat(4 << 20);
    String most = "q".repeat((4 << 20) - 100);
    for (int i = 0; i < 3; i++) {
      peer.publish("t", largest);
      assertThat(Set.copyOf(subscriber.takeAll(1, peer))).hasSize(1);
      peer.publish("t", most, most, most, most);
      assertThat(subscriber.takeAll(4, peer)).allMatch(most::equals);
    }
    System.out.println("most: " + site.broker().rssMaxBytes() / MB + " MB");
    assertThat(site.broker().rssMaxBytes()).isLessThan(250 * MB);
    Footprint.awaitBack(site, before, HEAP_MORE, LOG_MORE);
  }
}
