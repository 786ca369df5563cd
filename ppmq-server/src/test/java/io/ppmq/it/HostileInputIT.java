package io.ppmq.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Malicious input, beside a producer and a subscriber that go on undisturbed. The broker has the
 * heap that the launcher gives it.
 */
class HostileInputIT {
  private static final long RSS_BYTES_MAX = 150_000_000;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int CHUNKS = 150;
  private static final long PAUSE_NANOS = 2_000_000;

  private Site site;
  private WellBehaved wellBehaved;

  @BeforeEach
  void start() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
    wellBehaved = new WellBehaved(site);
    Await.until("it is at work", () -> wellBehaved.done > 2);
  }

  @AfterEach
  void stop() throws Exception {
    site.close();
  }

  /**
   * Publishes with a confirm, receives and acknowledges, one message after another, and leaves
   * processor time to the others.
   */
  private static final class WellBehaved {
    private final Site site;
    private final Thread thread = new Thread(this::run, "well-behaved");
    private volatile boolean stopping;
    private volatile int done;
    private volatile Throwable failure;

    WellBehaved(Site site) {
      this.site = site;
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try (Peer peer = site.peer();
          SubscriberSocket subscriber = site.subscriber("t")) {
        while (!stopping) {
          String payload = Integer.toString(done);
          peer.publish("t", payload);
          assertThat(subscriber.takeAll(1, peer)).containsExactly(payload);
          done = Integer.parseInt(payload) + 1;
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      } catch (Exception | AssertionError e) {
        failure = e;
      }
    }

    /** Checks that it goes on, and ends it. */
    void assertUnharmed() throws Exception {
      int before = done;
      Await.until("it goes on", () -> failure != null || done >= before + 5);
      stopping = true;
      thread.join();
      assertThat(failure).isNull();
      assertThat(done).isGreaterThan(5);
    }
  }

  private void assertAllIsWell(int linesMax) throws Exception {
    wellBehaved.assertUnharmed();
    assertThat(site.broker().rssMaxBytes()).isLessThan(RSS_BYTES_MAX);
    assertThat(site.broker().saidToTheEnd("Exception")).isEmpty();
    assertThat(site.broker().errors("refused from")).hasSizeLessThanOrEqualTo(linesMax);
  }

  private static byte[] filled(char with) {
    byte[] chunk = new byte[CHUNK_BYTES];
    Arrays.fill(chunk, (byte) with);
    return chunk;
  }

  @Test
  void veryLongStringIsSkippedAndTheConnectionGoesOn() throws Exception {
    Peer peer = site.peer();
    peer.send("{\"Topic\":\"t\",\"Confirm\":\"long\",\"Messages\":[{\"Payload\":\"");
    byte[] chunk = filled('x');
    for (int i = 0; i < CHUNKS; i++) {
      peer.send(chunk);
    }
    peer.send("\"}]}");
    assertThat(peer.line()).startsWith("{\"confirm\":\"long\",\"error\":\"");
    peer.confirmed("{\"Topic\":\"t\"");
    assertAllIsWell(1);
    assertThat(site.broker().errors("refused from")).hasSize(1);
  }

  @Test
  void veryLongNameKeyAndConfirmAreSkipped() throws Exception {
    String some = "x".repeat(3_000_000);
    Peer peer = site.peer();
    peer.send("{\"Topic\":\"" + some + "\",\"Messages\":[{}]}");
    peer.send("{\"Topic\":\"t\",\"Messages\":[{\"Key\":\"" + some + "\"}]}");
    peer.send("{\"Topic\":\"t\",\"Subscriber\":\"t\",\"Acks\":[\"" + some + "\"]}");
    peer.send("{\"" + some + "\":1}");
    peer.send("{\"Topic\":\"t\",\"Confirm\":\"" + some + "\"}");
    peer.confirmed("{\"Topic\":\"t\"");
    assertAllIsWell(5);
  }

  @Test
  void millionOpeningBracketsAreRefused() throws Exception {
    for (String bracket : List.of("[", "{\"a\":", "{\"Topic\":[", "{\"a\":[[[")) {
      try (Peer peer = site.peer()) {
        try {
          peer.send("{\"a\":" + bracket.repeat(1_000_000 / bracket.length()));
          peer.endOutput();
        } catch (IOException closed) {
          assertThat(bracket).as("may be closed early").isNotEmpty();
        }
        assertThat(peer.linesToEnd()).isEmpty();
      }
    }
    assertAllIsWell(8);
  }

  @Test
  void junkClosesItsConnection() throws Exception {
    byte[] chunk = new byte[CHUNK_BYTES];
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    new Random(seed).nextBytes(chunk);
    chunk[0] = 0;
    Peer peer = site.peer();
    try {
      for (int i = 0; i < CHUNKS; i++) {
        peer.send(chunk);
      }
    } catch (IOException closed) {
      assertThat(site.broker().isAlive()).isTrue();
    }
    assertThat(peer.linesToEnd()).isEmpty();
    assertAllIsWell(1);
    assertThat(site.broker().errors("refused from")).hasSize(1);
  }

  @Test
  void endlessWhiteSpaceAndTinyValuesCostNoMemory() throws Exception {
    Peer peer = site.peer();
    byte[] blanks = filled(' ');
    for (int i = 0; i < 50; i++) {
      peer.send(blanks);
    }
    byte[] tiny = "{}".repeat(CHUNK_BYTES / 2).getBytes(US_ASCII);
    for (int i = 0; i < 5; i++) {
      peer.send(tiny);
    }
    peer.confirmed("{\"Topic\":\"t\"");
    assertAllIsWell(20);
  }

  @Test
  void confirmsThatNobodyReadsCostNoMemory() throws Exception {
    try (SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()))) {
      deaf.configureBlocking(false);
      byte[] values =
          ("{\"Topic\":\"t\",\"Confirm\":\"" + "x".repeat(4000) + "\"}")
              .repeat(100)
              .getBytes(US_ASCII);
      long sent = 0;
      ByteBuffer buffer = ByteBuffer.wrap(values);
      long lastProgress = System.nanoTime();
      while (sent < 300L << 20 && System.nanoTime() - lastProgress < 1_000_000_000) {
        int count = deaf.write(buffer);
        if (count > 0) {
          lastProgress = System.nanoTime();
          sent += count;
        }
        if (!buffer.hasRemaining()) {
          buffer.rewind();
        }
      }
      assertThat(sent).as("the broker pushes back").isLessThan(50L << 20);
      assertAllIsWell(0);
    }
  }

  @Test
  void thousandsOfHalfValuesAreHeldInLittleMemory() throws Exception {
    ByteBuffer half =
        ByteBuffer.wrap(
            ("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + "x".repeat(60_000))
                .getBytes(US_ASCII));
    List<SocketChannel> channels = new ArrayList<>();
    try {
      for (int i = 0; i < 2000; i++) {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()));
        channels.add(channel);
        channel.configureBlocking(false);
        half.rewind();
        channel.write(half);
      }
      assertAllIsWell(2000);
    } finally {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }

  private List<SocketChannel> connections(int count, String begin) throws IOException {
    List<SocketChannel> channels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()));
      channels.add(channel);
      channel.configureBlocking(false);
      channel.write(ByteBuffer.wrap(begin.getBytes(US_ASCII)));
    }
    return channels;
  }

  /** Sends to all connections repeatedly for a while; the broker closes some of them meanwhile. */
  private static void keepSending(List<SocketChannel> channels, byte[] bytes, int rounds)
      throws InterruptedException {
    for (int i = 0; i < rounds; i++) {
      channels.forEach(channel -> send(channel, bytes));
      TimeUnit.MILLISECONDS.sleep(10); // a peer that drips
    }
  }

  private static void send(SocketChannel channel, byte[] bytes) {
    try {
      channel.write(ByteBuffer.wrap(bytes));
    } catch (IOException closed) {
      return; // the broker closed it as the worst offender
    }
  }

  private static void close(List<SocketChannel> channels) throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }

  @Test
  void hundredsThatReadNoAnswersDoNotEndTheBroker() throws Exception {
    byte[] values =
        ("{\"Topic\":\"t\",\"Confirm\":\"" + "x".repeat(4000) + "\"}")
            .repeat(40)
            .getBytes(US_ASCII);
    List<SocketChannel> deaf = connections(300, "");
    try {
      keepSending(deaf, values, 300);
      assertAllIsWell(300);
    } finally {
      close(deaf);
    }
  }

  @Test
  void valuesThatDripLeaveRoomToOthersOfTheirUser() throws Exception {
    String begin = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + "x".repeat(60_000);
    List<SocketChannel> dripping = connections(200, begin);
    try {
      keepSending(dripping, new byte[] {'x'}, 100);
      try (Peer newcomer = site.peer()) {
        newcomer.confirmed(
            "{\"Topic\":\"t\",\"Subscriber\":\"t\",\"x\":\"" + "y".repeat(100_000) + '"');
      }
      assertAllIsWell(200);
    } finally {
      close(dripping);
    }
  }

  @Test
  void refusalsOfManyConnectionsAreCountedAndLoggedAtBoundedRate() throws Exception {
    for (int i = 0; i < 2000; i++) {
      try (Peer peer = site.peer()) {
        peer.send("junk");
      }
    }
    try (Peer peer = site.peer()) {
      peer.confirmed("{\"Topic\":\"t\"");
    }
    assertAllIsWell(400);
    assertThat(site.broker().errors("refused from")).isNotEmpty();
  }

  @Test
  void largeValuesThatComeTogetherAreAllCarriedOut() throws Exception {
    String payload = "x".repeat(3_000_000);
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      peers.add(site.peer());
    }
    String value =
        "{\"Topic\":\"t\",\"Subscriber\":\"t\",\"x\":[\"%s\",\"%s\",\"%s\"]"
            .formatted(payload, payload, payload);
    byte[] bytes = (value + ",\"Confirm\":\"c\"}").getBytes(US_ASCII);
    List<Thread> threads = new ArrayList<>();
    for (Peer peer : peers) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  peer.send(bytes);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    for (Peer peer : peers) {
      assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertAllIsWell(0);
  }
}
