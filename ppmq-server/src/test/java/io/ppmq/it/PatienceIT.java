package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Mixed load in rounds of a minute: each begins with a kill and a new broker, and ends when
 * everything is delivered and acknowledged. Then the broker must use the same resources as after
 * the first round, and no confirmed message may be missing. {@code -Dminutes=30} is the long run;
 * the default is two rounds of some seconds. {@code -Dseed=} repeats the traffic.
 *
 * <p>The load: lasting and short-lived producers, producers that replace by key; priorities;
 * messages of all sizes; expiring messages for an absent subscriber; broken input; idle
 * connections; a subscriber that closes after each batch; missing acknowledgements, so that
 * AckRetry has work.
 */
class PatienceIT {
  private static final long MB = 1_000_000;
  private static final long RSS_MORE = 30 * MB;
  private static final long DISK_MORE = 40 * MB;
  private static final int IDLE = 100;
  private static final long PAUSE_NANOS = 3_000_000;
  private static final long QUIET_NANOS = 3_000_000_000L;
  private static final Duration DRAIN = Duration.ofSeconds(60);

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final int minutes = Integer.getInteger("minutes", 0);
  private final int rounds = Math.max(2, minutes);
  private final Duration round = minutes == 0 ? Duration.ofSeconds(5) : Duration.ofSeconds(50);
  private final List<Worker> workers = new ArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final Set<String> awaited = ConcurrentHashMap.newKeySet();
  private final AtomicLong confirmed = new AtomicLong();
  private final AtomicLong slowestMillis = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private volatile boolean producing;
  private volatile boolean stopping;
  private Site site;

  @BeforeEach
  void start() throws Exception {
    System.out.println("seed " + seed + ", " + rounds + " rounds of " + round);
    site =
        new Site(
            Storage.DIRECTORY,
            new Layout()
                .topicFor(List.of("stays", "closes"), "plain", "Priorities: 3", "AckRetry: 1s")
                .topicFor(List.of("stays"), "keyed", "Dedupe: true", "AckRetry: 500ms")
                .topicFor(List.of("absent"), "expiring", "Expire: true"));
  }

  @AfterEach
  void stop() throws Exception {
    stopping = true;
    for (Worker worker : workers) {
      worker.thread.interrupt();
      worker.thread.join();
    }
    site.close();
  }

  @Test
  void whatTheBrokerTakesUpStaysTheSameUnderLoadAndKills() throws Exception {
    site.start();
    SubscriberSocket stays = site.subscriber("stays");
    SubscriberSocket closes =
        site.subscriber("closes").that(SubscriberSocket.Manner.CLOSES_AFTER_EACH_BATCH);
    begin("stays", random -> acknowledge(stays, random));
    begin("closes", random -> acknowledge(closes, random));
    begin("confirming", this::publishConfirmed);
    begin("passing", this::publishAndLeave);
    begin("keyed", this::publishKeyed);
    begin("expiring", this::publishExpiring);
    begin("broken", this::sendBroken);
    Footprint first = null;
    for (int i = 0; i < rounds; i++) {
      Footprint now = oneRound(i);
      System.out.printf(
          "round %d: %s; %d confirmed (the slowest after %d ms), %d received%n",
          i + 1, now, confirmed.get(), slowestMillis.getAndSet(0), received.get());
      if (first == null) {
        first = now;
      }
    }
    Footprint.awaitBack(site, first, RSS_MORE, DISK_MORE);
    assertThat(site.broker().saidToTheEnd("Exception")).isEmpty();
  }

  /** Load with a kill and broken connections; then waits until nothing is left. */
  private Footprint oneRound(int number) throws Exception {
    producing = true;
    pass(number == 0 ? Duration.ZERO : Duration.ofSeconds(1));
    if (number > 0) {
      site.broker().kill();
      site.start();
    }
    List<Closeable> idle = new ArrayList<>();
    for (int i = 0; i < IDLE; i++) {
      idle.add(SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket())));
    }
    pass(round);
    producing = false;
    Await.until("nobody publishes", () -> failed() || workers.stream().noneMatch(w -> w.busy));
    Await.until("all that was confirmed came", DRAIN, () -> failed() || awaited.isEmpty());
    for (Closeable connection : idle) {
      connection.close();
    }
    assertThat(failures).isEmpty();
    awaitQuiet();
    return Footprint.of(site);
  }

  /** Waits until unacknowledged messages were redelivered, and expiring ones have expired. */
  private void awaitQuiet() throws Exception {
    AtomicLong last = new AtomicLong(-1);
    AtomicLong sinceNanos = new AtomicLong();
    Await.until(
        "quiet",
        DRAIN,
        () -> {
          if (last.getAndSet(received.get()) != received.get()) {
            sinceNanos.set(System.nanoTime());
          }
          return System.nanoTime() - sinceNanos.get() > QUIET_NANOS;
        });
  }

  private boolean failed() {
    return !failures.isEmpty();
  }

  private void pass(Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    Await.until("time passes", time.plusSeconds(10), () -> failed() || System.nanoTime() > end);
  }

  // ---- those at work --------------------------------------------------------------------------

  /** A repeated task, which ignores losses with a broker. */
  @FunctionalInterface
  private interface Work {
    void once(Random random) throws Exception;
  }

  private void begin(String name, Work work) {
    Worker worker = new Worker(name, work, new Random(seed + workers.size()));
    workers.add(worker);
    worker.thread.setDaemon(true);
    worker.thread.start();
  }

  private final class Worker {
    private final Work work;
    private final Random random;
    private final boolean subscribes;
    private final Thread thread;
    private volatile boolean busy;

    Worker(String name, Work work, Random random) {
      this.work = work;
      this.random = random;
      this.subscribes = name.equals("stays") || name.equals("closes");
      this.thread = new Thread(this::run, name);
    }

    private void run() {
      while (!stopping) {
        busy = !subscribes && producing;
        if (busy || subscribes) {
          once();
        }
        busy = false;
        LockSupport.parkNanos(subscribes ? 0 : PAUSE_NANOS);
      }
    }

    private void once() {
      try {
        work.once(random);
      } catch (IOException noBroker) {
        LockSupport.parkNanos(10_000_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception | AssertionError e) {
        if (!stopping) {
          failures.add(e);
        }
      }
    }
  }

  // ---- producers ------------------------------------------------------------------------------

  /**
   * Publishes several values over one connection; expects confirmed messages at both subscribers.
   */
  private void publishConfirmed(Random random) throws Exception {
    try (Peer peer = new Peer(UnixDomainSocketAddress.of(site.serverSocket()))) {
      for (int i = 0; i < 50 && producing; i++) {
        String id = Long.toHexString(random.nextLong());
        int size = random.nextInt(100) == 0 ? random.nextInt(500_000) : random.nextInt(200);
        String message =
            "{\"Payload\":\"%s %s\",\"Priority\":%d}"
                .formatted(id, "x".repeat(size), random.nextInt(3));
        List<String> copies = List.of("stays " + id, "closes " + id);
        awaited.addAll(copies);
        long start = System.nanoTime();
        if (peer.isConfirmed("{\"Topic\":\"plain\",\"Messages\":[" + message + "]")) {
          confirmed.incrementAndGet();
          slowestMillis.accumulateAndGet((System.nanoTime() - start) / 1_000_000, Math::max);
        } else {
          copies.forEach(awaited::remove);
          return;
        }
      }
    }
  }

  private void publishAndLeave(Random random) throws IOException {
    send("{\"Topic\":\"plain\",\"Messages\":[{\"Payload\":" + random.nextInt() + "}]}");
  }

  private void publishKeyed(Random random) throws IOException {
    String message = "{\"Key\":\"k%d\",\"Payload\":%d}";
    send(
        "{\"Topic\":\"keyed\",\"Messages\":[%s]}"
            .formatted(message.formatted(random.nextInt(100), random.nextInt())));
  }

  private void publishExpiring(Random random) throws IOException {
    String message = "{\"Payload\":\"%s\",\"Expires\":\"%s\"}";
    Instant soon = Instant.now().plusMillis(random.nextInt(1000));
    send(
        "{\"Topic\":\"expiring\",\"Messages\":[%s]}"
            .formatted(message.formatted("y".repeat(random.nextInt(2000)), soon)));
  }

  private void sendBroken(Random random) throws IOException {
    byte[] junk = new byte[random.nextInt(200)];
    random.nextBytes(junk);
    send((random.nextBoolean() ? "{" : "{\"Topic\":\"none\"}") + new String(junk, UTF_8));
    LockSupport.parkNanos(100_000_000);
  }

  private void send(String text) throws IOException {
    try (SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(site.serverSocket()))) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  // ---- subscribers ----------------------------------------------------------------------------

  /** Takes a batch, and now and then omits an acknowledgement. */
  private void acknowledge(SubscriberSocket subscriber, Random random) throws Exception {
    Push push = subscriber.next(Duration.ofMillis(100));
    if (push == null) {
      return;
    }
    received.addAndGet(push.messages().size());
    if (random.nextInt(50) == 0) {
      return;
    }
    for (String payload : push.payloads()) {
      if (payload.indexOf(' ') > 0) {
        awaited.remove(push.subscriber() + " " + payload.substring(0, payload.indexOf(' ')));
      }
    }
    send(Peer.acks(push.topic(), push.subscriber(), push.keys()) + "}");
  }
}
