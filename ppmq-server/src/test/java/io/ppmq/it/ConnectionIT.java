package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Subscribers that connect, close and break off. */
class ConnectionIT extends SharedSite {
  private final Pace pace = Pace.watch();
  private InetSocketAddress tcpSubscriber;

  @AfterEach
  void closePace() {
    pace.close();
  }

  @Override
  void start() throws Exception {
    tcpSubscriber = freeAddress();
    Layout layout =
        new Layout()
            .topic("one-connection")
            .topic("closing")
            .batch("closing", 10)
            .topic("closing-3a")
            .topicFor(List.of("closing-3a"), "closing-3b")
            .topicFor(List.of("closing-3a"), "closing-3c")
            .batch("closing-3a", 5)
            .topic("tcp")
            .subscriberAt("tcp", "tcp://127.0.0.1:" + tcpSubscriber.getPort())
            .topic("appears")
            .topic("far")
            .topic("stale")
            .topic("reconnects")
            .topic("broken")
            .batch("broken", 1000)
            .topic("unread")
            .topic("chosen-late", "Dedupe: true", "Priorities: 2")
            .topic("talks")
            .topic("drop")
            .topicFor(List.of("drop", "other"), "dripping");
    layout.subscriberAt("far", "FAR");
    site = new Site(storage, layout);
    layout.subscriberAt("far", farSocket().toString());
    site.configure(layout);
    site.start();
  }

  private Path farSocket() {
    return site.directory().resolve("not").resolve("yet").resolve("s");
  }

  private static InetSocketAddress freeAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }
  }

  private static String[] numbers(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toArray(String[]::new);
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  private static long millisSince(long nanos, Push push) {
    return TimeUnit.NANOSECONDS.toMillis(push.atNanos() - nanos);
  }

  // ---- 3.6 ------------------------------------------------------------------------------------

  @Test
  void oneConnectionServesAllBatches() throws Exception {
    SubscriberSocket subscriber = site.subscriber("one-connection");
    for (int i = 0; i < 20; i++) {
      peer.publish("one-connection", "a");
      peer.acknowledge(subscriber.next());
    }
    assertThat(subscriber.connectedAtNanos()).hasSize(1);
  }

  @Test
  void subscriberMayCloseAfterEachBatch() throws Exception {
    SubscriberSocket subscriber =
        site.subscriber("closing").that(SubscriberSocket.Manner.CLOSES_AFTER_EACH_BATCH);
    peer.publish("closing", numbers(500));
    long start = System.nanoTime();
    assertThat(subscriber.takeAll(500, peer)).containsExactly(numbers(500));
    assertThat(millisSince(start)).isLessThan(pace.bound(10_000));
    assertThat(subscriber.batches()).isEqualTo(50);
    assertThat(subscriber.isEmpty()).isTrue();
  }

  @Test
  void subscriberOfSeveralTopicsMayCloseAfterEachBatch() throws Exception {
    SubscriberSocket subscriber =
        site.subscriber("closing-3a").that(SubscriberSocket.Manner.CLOSES_AFTER_EACH_BATCH);
    long start = System.nanoTime();
    for (String topic : List.of("closing-3a", "closing-3b", "closing-3c")) {
      peer.publish(topic, Stream.of(numbers(300)).map(n -> topic + n).toArray(String[]::new));
    }
    List<String> payloads = new ArrayList<>();
    Peer acks = site.peer();
    while (payloads.stream().distinct().count() < 900) {
      Push push = subscriber.next();
      payloads.addAll(push.payloads());
      acks.acknowledge(push);
    }
    for (String topic : List.of("closing-3a", "closing-3b", "closing-3c")) {
      assertThat(payloads.stream().filter(p -> p.startsWith(topic)).distinct())
          .containsExactlyElementsOf(Stream.of(numbers(300)).map(n -> topic + n).toList());
    }
    assertThat(millisSince(start)).isLessThan(pace.bound(10_000));
  }

  @Test
  void batchIsSentAgainWhenItsConnectionClosedUnread() throws Exception {
    SubscriberSocket subscriber = site.subscriber("unread");
    subscriber.that(SubscriberSocket.Manner.CLOSES_AT_ONCE);
    peer.publish("unread", "a");
    Await.until("attempts", () -> subscriber.connectedAtNanos().size() >= 3);
    subscriber.that(SubscriberSocket.Manner.STAYS);
    assertThat(subscriber.next().payloads()).containsExactly("a");
  }

  @Test
  void whatSubscriberWritesToItsSocketIsIgnored() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(site.socketOf("talks")));
      peer.publish("talks", "1");
      SocketChannel connection = server.accept();
      Push first = readPush(connection);
      connection.write(ByteBuffer.wrap("hello\n{\"Topic\":\"talks\"}".getBytes(UTF_8)));
      peer.acknowledge(first);
      peer.publish("talks", "2");
      assertThat(readPush(connection).payloads()).containsExactly("2");
      connection.close();
    }
  }

  private static Push readPush(SocketChannel connection) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (line.indexOf("\n") < 0) {
      if (connection.read(one.clear()) < 0) {
        throw new IOException("the broker closed after " + line.length() + " bytes");
      }
      line.append((char) one.get(0));
    }
    return Push.of(line.toString(), System.nanoTime());
  }

  // ---- TCP ------------------------------------------------------------------------------------

  @Test
  void subscriberMayListenOnTcp() throws Exception {
    Requirement.loopback();
    SubscriberSocket subscriber = site.subscriber(tcpSubscriber);
    peer.publish("tcp", "1");
    Push first = subscriber.next();
    assertThat(first.payloads()).containsExactly("1");
    subscriber.hangUp();
    peer.acknowledge(first);
    peer.publish("tcp", "2");
    assertThat(subscriber.next().payloads()).containsExactly("2");
  }

  @Test
  void brokerMayListenOnTcp() throws Exception {
    Requirement.loopback();
    InetSocketAddress address = freeAddress();
    Layout layout = new Layout().topic("t").serverAt("tcp://127.0.0.1:" + address.getPort());
    try (Site other = Site.started(storage, layout)) {
      Peer tcp = other.peer(address);
      tcp.publish("t", "1", "2");
      SubscriberSocket subscriber = other.subscriber("t");
      assertThat(subscriber.takeAll(2, tcp)).containsExactly("1", "2");
      assertThat(tcp.ask("{\"Topic\":\"nobody\"")).contains("nobody");
      tcp.send("[");
      tcp.assertEnded();
      assertThat(other.broker().said("127.0.0.1")).isNotEmpty();
    }
  }

  // ---- 4.7 ------------------------------------------------------------------------------------

  @Test
  void batchIsSentAtOnceWhenTheSocketAppears() throws Exception {
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      peer.publish("appears", "a");
      long start = System.nanoTime();
      try (SubscriberSocket subscriber = site.subscriber("appears")) {
        Push push = subscriber.next();
        millis.add(millisSince(start, push));
        peer.acknowledge(push);
      }
    }
    assertThat(millis.stream().sorted().toList().get(2)).isLessThan(pace.bound(100));
  }

  @Test
  void batchIsSentAtOnceWhenTheSocketAppearsAfterManyAttempts() throws Exception {
    SubscriberSocket refusing =
        site.subscriber("reconnects").that(SubscriberSocket.Manner.CLOSES_AT_ONCE);
    peer.publish("reconnects", "a");
    Await.until("attempts", () -> refusing.connectedAtNanos().size() >= 7);
    List<Long> at = refusing.connectedAtNanos();
    List<Long> millis =
        IntStream.range(1, 7)
            .mapToObj(i -> TimeUnit.NANOSECONDS.toMillis(at.get(i) - at.get(i - 1)))
            .toList();
    long late = pace.longestWaitMillis(); // the delay of the thread that notes connections
    assertThat(millis.get(0)).isLessThan(pace.bound(500));
    // each pause is about twice the one before: 50, 100, 200, 400, 800, 1600
    assertThat(millis.get(5)).as("%s", millis).isBetween(800 - late, pace.bound(5500));
    assertThat(millis).as("%s", millis).allMatch(m -> m >= 40 - late);
    // the next attempt is seconds away
    int attempts = refusing.connectedAtNanos().size();
    long start = System.nanoTime();
    peer.reconnect("reconnects");
    Await.until("attempt", () -> refusing.connectedAtNanos().size() > attempts);
    assertThat(millisSince(start)).isLessThan(pace.bound(1000));
    refusing.close();
    long again = System.nanoTime();
    assertThat(millisSince(again, site.subscriber("reconnects").next()))
        .isLessThan(pace.bound(1000));
  }

  @Test
  void batchIsSentAtOnceWhenTheDirectoryOfTheSocketAppearsWithIt() throws Exception {
    peer.publish("far", "a");
    site.broker().said("subscriber far");
    Files.createDirectories(farSocket().getParent());
    long start = System.nanoTime();
    SubscriberSocket subscriber = site.subscriber(UnixDomainSocketAddress.of(farSocket()));
    assertThat(millisSince(start, subscriber.next())).isLessThan(pace.bound(1000));
  }

  @Test
  void batchIsSentAtOnceWhenSocketLeftBehindIsReplaced() throws Exception {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(site.socketOf("stale")));
    }
    assertThat(Files.exists(site.socketOf("stale"))).isTrue();
    peer.publish("stale", "a");
    site.broker().said("subscriber stale");
    Files.delete(site.socketOf("stale"));
    long start = System.nanoTime();
    assertThat(millisSince(start, site.subscriber("stale").next())).isLessThan(pace.bound(1000));
  }

  @Test
  void batchIsChosenWhenItCanBeSent() throws Exception {
    peer.publishKeyed("chosen-late", "a", "a1", 1);
    site.broker().said("subscriber chosen-late");
    peer.publishKeyed("chosen-late", "a", "a2", 1);
    peer.publishKeyed("chosen-late", "b", "urgent", 0);
    assertThat(site.subscriber("chosen-late").next().payloads()).containsExactly("urgent", "a2");
  }

  @Test
  void batchThatBrokeMidWayIsSentAgainWholeAndDoesNotCount() throws Exception {
    String payload = "x".repeat(10_000);
    peer.publish(
        "broken", IntStream.range(0, 90).mapToObj(i -> i + payload).toArray(String[]::new));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(site.socketOf("broken")));
      for (int i = 0; i < 3; i++) {
        SocketChannel connection = server.accept();
        connection.read(ByteBuffer.allocate(100_000));
        connection.close();
      }
    }
    Files.delete(site.socketOf("broken"));
    SubscriberSocket subscriber = site.subscriber("broken");
    List<String> payloads = new ArrayList<>();
    while (payloads.size() < 90) {
      Push push = subscriber.next();
      payloads.addAll(push.payloads());
      assertThat(push.attempts()).containsOnly(1);
      peer.acknowledge(push);
    }
    assertThat(payloads)
        .containsExactlyElementsOf(IntStream.range(0, 90).mapToObj(i -> i + payload).toList());
  }

  @Test
  void subscriberThatReadsByteByByteHoldsUpNoOther() throws Exception {
    String payload = "x".repeat(5000);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(site.socketOf("drop")));
      SubscriberSocket other = site.subscriber("other");
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        int from = i * 50;
        List<String> some = IntStream.range(from, from + 50).mapToObj(n -> n + payload).toList();
        expected.addAll(some);
        peer.publish("dripping", some.toArray(String[]::new));
      }
      SocketChannel connection = server.accept();
      ByteBuffer one = ByteBuffer.allocate(1);
      StringBuilder slow = new StringBuilder();
      List<String> payloads = new ArrayList<>();
      while (payloads.size() < 500) {
        connection.read(one.clear());
        slow.append((char) one.get(0));
        Push push = other.next();
        payloads.addAll(push.payloads());
        peer.acknowledge(push);
      }
      assertThat(payloads).isEqualTo(expected);
      // and its input is still complete
      assertThat(slow.toString()).isEqualTo("{\"topic\":\"dripping\"".substring(0, slow.length()));
      Push first = Push.of(slow + restOfLine(connection), System.nanoTime());
      assertThat(first.payloads()).isEqualTo(expected.subList(0, 50));
      connection.close();
    }
  }

  private static String restOfLine(SocketChannel connection) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer some = ByteBuffer.allocate(10_000);
    while (line.indexOf("\n") < 0) {
      connection.read(some.clear());
      line.append(UTF_8.decode(some.flip()));
    }
    return line.toString();
  }
}
