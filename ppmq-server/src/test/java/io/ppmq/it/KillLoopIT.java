package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills the broker again and again while it works, and keeps account outside of it: what was
 * confirmed arrives, what was acknowledged does not come back, no key names two messages, and the
 * order holds. {@code -Dkills=} says how often, {@code -Dseed=} when and what.
 */
class KillLoopIT {
  private static final int PRODUCERS = 3;
  private static final int KEYS = 20;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final int kills = Integer.getInteger("kills", 5);
  private final List<Thread> threads = new ArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger confirms = new AtomicInteger();
  private final AtomicInteger life = new AtomicInteger();
  private volatile boolean producing = true;
  private volatile boolean stopping;
  private Site site;
  private SubscriberSocket subscriber;

  /** What producers know: payloads that were confirmed. */
  private final Set<String> confirmedPlain = ConcurrentHashMap.newKeySet();

  private final Map<String, Integer> confirmedVersions = new ConcurrentHashMap<>();

  /** What the subscriber knows; its thread's own until it has ended. */
  private final Map<String, String> payloadOfKey = new HashMap<>();

  private final Map<String, Integer> ackedInLife = new HashMap<>();
  private final Map<String, Integer> lastOfProducer = new HashMap<>();
  private final Map<String, Integer> ackedVersion = new HashMap<>();
  private final Set<String> received = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> receivedVersions = new ConcurrentHashMap<>();

  @BeforeEach
  void start() throws Exception {
    System.out.println("seed " + seed + ", " + kills + " kills");
    Layout layout =
        new Layout()
            .topicFor(List.of("s"), "plain", "Priorities: 3")
            .topicFor(List.of("s"), "keyed", "Dedupe: true", "Priorities: 3", "AckRetry: 300ms")
            .batch("s", 20);
    site = Site.started(Storage.DIRECTORY, layout);
    subscriber = site.subscriber("s");
  }

  @AfterEach
  void stop() throws Exception {
    stopping = true;
    producing = false;
    for (Thread thread : threads) {
      thread.interrupt();
      thread.join();
    }
    site.close();
  }

  @Test
  void nothingIsLostRepeatedOrReorderedByKills() throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < PRODUCERS; i++) {
      String name = "p" + i;
      long own = random.nextLong();
      run(() -> produce(name, new Random(own)));
    }
    run(this::subscribe);
    for (int kill = 0; kill < kills; kill++) {
      int enough = confirms.get() + 20 + random.nextInt(300);
      Await.until("confirms", () -> !failures.isEmpty() || confirms.get() >= enough);
      site.broker().kill();
      subscriber.settle();
      life.incrementAndGet();
      site.start();
    }
    producing = false;
    for (Thread thread : threads.subList(0, PRODUCERS)) {
      thread.join();
    }
    Await.until("everything confirmed to arrive", () -> !failures.isEmpty() || missing().isEmpty());
    assertThat(failures).isEmpty();
    assertThat(missing()).isEmpty();
    assertThat(confirmedPlain).isNotEmpty();
    System.out.println(
        confirmedPlain.size() + " plain messages confirmed, " + confirms.get() + " in all");
  }

  private Set<String> missing() {
    Set<String> missing = new HashSet<>(confirmedPlain);
    missing.removeAll(received);
    confirmedVersions.forEach(
        (key, version) -> {
          if (receivedVersions.getOrDefault(key, -1) < version) {
            missing.add(key + " version " + version);
          }
        });
    return missing;
  }

  /** Something that runs until the test is over. */
  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  private void run(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Exception | AssertionError e) {
                failures.add(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  /** A connection to whichever broker there is; null when there is none any more. */
  private Peer connect() throws InterruptedException {
    while (!stopping) {
      try {
        return new Peer(UnixDomainSocketAddress.of(site.serverSocket()));
      } catch (IOException notThere) {
        LockSupport.parkNanos(5_000_000);
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    return null;
  }

  // ---- producing ------------------------------------------------------------------------------

  private void produce(String name, Random random) throws Exception {
    Peer peer = connect();
    for (int i = 0; producing; i++) {
      boolean confirmed =
          random.nextBoolean() ? plain(peer, name, i, random) : keyed(peer, name, i, random);
      if (confirmed) {
        confirms.incrementAndGet();
      } else {
        peer.close();
        peer = connect();
        if (peer == null) {
          return;
        }
      }
    }
    peer.close();
  }

  private boolean plain(Peer peer, String name, int sequence, Random random)
      throws InterruptedException {
    int count = 1 + random.nextInt(5);
    int priority = random.nextInt(3);
    List<String> payloads = new ArrayList<>();
    StringBuilder messages = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String payload = name + " " + priority + " " + (sequence * 10 + i);
      payloads.add(payload);
      messages
          .append(i == 0 ? "" : ",")
          .append("{\"Payload\":\"%s\",\"Priority\":%d}".formatted(payload, priority));
    }
    boolean confirmed = peer.isConfirmed("{\"Topic\":\"plain\",\"Messages\":[" + messages + "]");
    if (confirmed) {
      confirmedPlain.addAll(payloads);
    }
    return confirmed;
  }

  /** A key belongs to one producer, so that its versions have an order. */
  private boolean keyed(Peer peer, String name, int version, Random random)
      throws InterruptedException {
    String key = name + "-" + random.nextInt(KEYS);
    boolean confirmed =
        peer.isConfirmed(
            "{\"Topic\":\"keyed\",\"Messages\":[{\"Key\":\"%s\",\"Payload\":%d,\"Priority\":%d}]"
                .formatted(key, version, random.nextInt(3)));
    if (confirmed) {
      confirmedVersions.put(key, version);
    }
    return confirmed;
  }

  // ---- receiving ------------------------------------------------------------------------------

  private void subscribe() throws Exception {
    Peer peer = connect();
    int peerLife = life.get();
    Random random = new Random(seed);
    while (!stopping) {
      Push push = subscriber.next(java.time.Duration.ofMillis(50));
      if (push == null) {
        continue;
      }
      boolean plain = push.topic().equals("plain");
      push.messages().forEach(message -> check(push, message, plain));
      if (!plain && random.nextInt(10) == 0) {
        continue; // comes again after AckRetry
      }
      while (peer != null && !peer.isConfirmed(Peer.acks(push.topic(), "s", push.keys()))) {
        peer.close();
        peer = connect();
        peerLife = life.get();
      }
      note(push, plain, peerLife);
    }
  }

  private void check(Push push, Push.Received message, boolean plain) {
    String payload = message.payload().replace("\"", "");
    if (plain) {
      String before = payloadOfKey.putIfAbsent(message.key(), payload);
      assertThat(before == null ? payload : before)
          .as("of key %s", message.key())
          .isEqualTo(payload);
      // acknowledged to an earlier broker: none that started later may send it
      assertThat(ackedInLife.getOrDefault(message.key(), Integer.MAX_VALUE))
          .as("%s came again in life %d", payload, push.life())
          .isGreaterThanOrEqualTo(push.life());
      if (received.add(payload)) {
        int space = payload.lastIndexOf(' ');
        int sequence = Integer.parseInt(payload.substring(space + 1));
        Integer last = lastOfProducer.put(payload.substring(0, space), sequence);
        assertThat(last == null ? -1 : last).as("before %s", payload).isLessThan(sequence);
      }
    } else {
      int version = Integer.parseInt(payload);
      int last = receivedVersions.getOrDefault(message.key(), -1);
      assertThat(version).as("version of %s", message.key()).isGreaterThanOrEqualTo(last);
      if (ackedInLife.getOrDefault(message.key(), Integer.MAX_VALUE) < push.life()) {
        assertThat(version)
            .as("acknowledged version of %s", message.key())
            .isGreaterThan(ackedVersion.get(message.key()));
      }
      receivedVersions.put(message.key(), version);
    }
  }

  private void note(Push push, boolean plain, int inLife) {
    for (Push.Received message : push.messages()) {
      ackedInLife.merge(message.key(), inLife, plain ? Math::min : Math::max);
      if (!plain) {
        ackedVersion.put(message.key(), Integer.parseInt(message.payload()));
      }
    }
  }
}
