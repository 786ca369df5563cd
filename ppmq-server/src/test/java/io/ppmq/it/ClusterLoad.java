package io.ppmq.it;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Programs on each machine of a cluster, each at the sockets of its machine: producers with
 * confirms, workers, and a subscriber with a socket. {@link ClusterLedger} has their account.
 */
final class ClusterLoad {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(80);
  private static final List<String> TOPICS =
      List.of(ClusterLedger.PLAIN, ClusterLedger.KEYED, ClusterLedger.PUSHED);
  private static final int MESSAGES_MAX = 6;
  private static final int DELAY_MILLIS_MAX = 4000;
  private static final int LONG_VALUE = 20_000;

  private final ClusterSite cluster;
  private final ClusterLedger ledger;
  private final Random random;
  private final List<Thread> producers = new ArrayList<>();
  private final List<Thread> others = new ArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private volatile boolean producing = true;
  private volatile boolean running = true;

  ClusterLoad(ClusterSite cluster, ClusterLedger ledger, Random random) {
    this.cluster = cluster;
    this.ledger = ledger;
    this.random = random;
  }

  void start() throws IOException {
    for (String node : ClusterSite.NAMES) {
      Site site = cluster.node(node);
      SubscriberSocket socket = site.subscriber(ClusterLedger.LISTENER);
      Random own = new Random(random.nextLong());
      start(producers, () -> produce(node, own));
      start(others, () -> work(site, ClusterLedger.WORKER, new Random(own.nextLong())));
      start(others, () -> work(site, ClusterLedger.KEYED_WORKER, new Random(own.nextLong())));
      start(others, () -> listen(site, socket));
    }
  }

  private void start(List<Thread> threads, TortureWork work) {
    threads.add(work.start("load", failures));
  }

  /** Fails if a program saw an error. */
  void check() {
    if (!failures.isEmpty()) {
      throw new AssertionError(failures.get(0));
    }
  }

  /** Stops the producers after they have the answers to all values. */
  void stopProducing() throws InterruptedException {
    producing = false;
    for (Thread thread : producers) {
      thread.join();
    }
  }

  void stop() {
    producing = false;
    running = false;
    producers.forEach(Thread::interrupt);
    others.forEach(Thread::interrupt);
  }

  private static Peer connect(Site site) throws InterruptedException {
    while (true) {
      try {
        return new Peer(UnixDomainSocketAddress.of(site.serverSocket()));
      } catch (IOException notThere) {
        Thread.sleep(20);
      }
    }
  }

  // ---- producers ------------------------------------------------------------------------------

  private void produce(String node, Random own) throws Exception {
    int number = 0;
    while (producing) {
      try (Peer peer = connect(cluster.node(node))) {
        Peer.Outcome outcome = Peer.Outcome.CONFIRMED;
        while (producing && outcome != Peer.Outcome.UNKNOWN) {
          List<String> names = new ArrayList<>();
          for (int more = own.nextInt(MESSAGES_MAX); more >= 0; more--) {
            names.add(node + number++);
          }
          outcome = publish(peer, node, names, own);
          LockSupport.parkNanos(own.nextLong(PAUSE_NANOS_MAX));
        }
      }
    }
  }

  private Peer.Outcome publish(Peer peer, String node, List<String> names, Random own)
      throws InterruptedException {
    String topic = TOPICS.get(own.nextInt(TOPICS.size()));
    boolean keyed = topic.equals(ClusterLedger.KEYED);
    StringJoiner json = new StringJoiner(",", "{\"Topic\":\"" + topic + "\",\"Messages\":[", "]");
    for (String name : names) {
      long wanted = keyed || own.nextInt(8) > 0 ? 0 : own.nextInt(DELAY_MILLIS_MAX);
      String filling = "x".repeat(own.nextInt(own.nextInt(100) == 0 ? LONG_VALUE : 100));
      long delay = ledger.sending(topic, name, wanted);
      json.add(
          "{\"Payload\":\"%s %s\",%s}"
              .formatted(
                  name,
                  filling,
                  keyed
                      ? "\"Key\":\"key-of-" + name + "\""
                      : "\"Priority\":%d,\"Delay\":\"%dms\"".formatted(own.nextInt(2), delay)));
    }
    long sentNanos = System.nanoTime();
    Peer.Outcome outcome = peer.outcome(json.toString());
    if (outcome == Peer.Outcome.CONFIRMED) {
      ledger.confirmed(names, node, sentNanos);
    } else if (outcome == Peer.Outcome.REFUSED) {
      ledger.refused(names);
    }
    return outcome;
  }

  /**
   * Sends a message over a node without a majority, waits, and returns the reason of the refusal.
   */
  String refusal(String node) throws IOException, InterruptedException {
    String name = node + "-refused-" + System.nanoTime();
    ledger.sending(ClusterLedger.PLAIN, name, 0);
    try (Peer peer = new Peer(UnixDomainSocketAddress.of(cluster.node(node).serverSocket()))) {
      String value = "{\"Topic\":\"%s\",\"Messages\":[{\"Payload\":\"%s x\"}]";
      String code = peer.refused(value.formatted(ClusterLedger.PLAIN, name));
      ledger.refused(List.of(name));
      return code;
    }
  }

  // ---- subscribers ----------------------------------------------------------------------------

  private void work(Site site, String subscriber, Random own) throws Exception {
    while (running) {
      try (Peer peer = connect(site)) {
        String subscribe = "{\"Subscriber\":\"" + subscriber + "\",\"Command\":\"SUBSCRIBE\"";
        boolean there = peer.outcome(subscribe) == Peer.Outcome.CONFIRMED;
        while (there && running && peer.nothingCame()) {
          Push push = peer.push(POLL);
          there = push == null || take(push, peer, own);
        }
      }
    }
  }

  /**
   * Acknowledges or nacks a batch, or closes the connection; returns whether the connection is
   * open.
   */
  private boolean take(Push push, Peer peer, Random own) throws InterruptedException {
    List<String> names = ledger.received(push);
    int dice = own.nextInt(60);
    if (dice == 0) {
      return false;
    }
    if (dice == 1) {
      String keys = push.keys().stream().collect(Collectors.joining("\",\"", "\"", "\""));
      String nacks = "{\"Topic\":\"%s\",\"Subscriber\":\"%s\",\"Nacks\":[%s]";
      return peer.outcome(nacks.formatted(push.topic(), push.subscriber(), keys))
          == Peer.Outcome.CONFIRMED;
    }
    return isAcknowledged(push, peer, names);
  }

  private boolean isAcknowledged(Push push, Peer peer, List<String> names)
      throws InterruptedException {
    String acks = Peer.acks(push.topic(), push.subscriber(), push.keys());
    ledger.acknowledging(names);
    boolean confirmed = peer.outcome(acks) == Peer.Outcome.CONFIRMED;
    if (confirmed && !push.subscriber().equals(ClusterLedger.LISTENER)) {
      ledger.acknowledged(names);
    }
    return confirmed;
  }

  /** Messages that it cannot acknowledge are redelivered. */
  private void listen(Site site, SubscriberSocket socket) throws Exception {
    Peer peer = connect(site);
    while (running) {
      Push push = socket.next(POLL);
      if (push != null && !isAcknowledged(push, peer, ledger.received(push))) {
        peer.close();
        peer = connect(site);
      }
    }
    peer.close();
  }
}
