package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A broker at work that is ended repeatedly, at moments that a seed chooses, while the {@link
 * Ledger} keeps an account outside.
 */
final class Torture implements Closeable {
  /** A way to end a broker. */
  interface Death {
    /** The environment variables of the next broker. */
    Map<String, String> environment(Site site) throws IOException;

    /** Ends the broker. */
    void strike(Site site);

    /** Called after subscribers have read everything: completes the end, and tells the ledger. */
    void after(Site site, Ledger ledger, Random random) throws Exception;
  }

  private static final int PRODUCERS = 4;
  private static final int WORKERS = 3;
  private static final int PROGRESS_EVERY = 50;
  private static final long LIFE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LIFE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(1200);
  private static final long START_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(600);
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(60);
  private static final long DRAIN_POLL_NANOS = 500_000_000;

  private final long seed;
  private final Random random;
  private final Death death;
  private final Site site;
  private final Pace pace = Pace.watch();
  private final Ledger ledger = new Ledger(pace);
  private final WorkAccount account = new WorkAccount(ledger);
  private final List<Thread> producers = new ArrayList<>();
  private final List<Thread> subscribers = new ArrayList<>();
  private final List<SubscriberSocket> sockets = new ArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private volatile boolean producing = true;
  private volatile boolean running = true;
  private int deaths;

  /**
   * Makes all files and starts nothing yet.
   *
   * @param sync the key Sync of the configuration
   */
  Torture(long seed, String sync, Death death) throws IOException {
    this.seed = seed;
    this.random = new Random(seed);
    this.death = death;
    this.site = new Site(Storage.DIRECTORY, TortureTopic.layout(sync));
    site.closing(pace);
  }

  Site site() {
    return site;
  }

  Ledger ledger() {
    return ledger;
  }

  WorkAccount account() {
    return account;
  }

  boolean isProducing() {
    return producing;
  }

  boolean isRunning() {
    return running;
  }

  /** Ends the broker this many times, and then checks that everything arrives. */
  void run(int times) throws Exception {
    begin();
    for (int i = 0; i < TortureTopic.SUBSCRIBERS.size(); i++) {
      String name = TortureTopic.SUBSCRIBERS.get(i);
      SubscriberSocket socket = site.subscriber(name);
      sockets.add(socket);
      start(subscribers, new BusySubscriber(name, socket, this, new Random(random.nextLong())));
    }
    for (int i = 0; i < PRODUCERS; i++) {
      start(producers, new BusyProducer("p" + i, this, new Random(random.nextLong())));
    }
    start(producers, new DelayingProducer(this, new Random(random.nextLong())));
    for (int i = 0; i < WORKERS; i++) {
      start(subscribers, new BusyWorker(this, new Random(random.nextLong())));
    }
    while (deaths < times) {
      live();
      end();
      begin();
      if (deaths % PROGRESS_EVERY == 0) {
        System.out.println(deaths + " of " + times + ": " + summary());
      }
    }
    drain();
  }

  private void begin() throws Exception {
    ledger.begins();
    site.start(death.environment(site));
  }

  /** Lets the broker work for a while; sometimes less than its start takes. */
  private void live() throws Exception {
    if (random.nextInt(5) == 0) {
      LockSupport.parkNanos(random.nextLong(START_NANOS_MAX));
    } else {
      site.broker().awaitReady();
      LockSupport.parkNanos(random.nextLong(LIFE_NANOS_MIN, LIFE_NANOS_MAX));
    }
    checkFailures();
    assertThat(site.broker().errors(" ERROR ")).isEmpty();
  }

  private void end() throws Exception {
    death.strike(site);
    for (SubscriberSocket socket : sockets) {
      synchronized (socket) { // not while it is absent on purpose
        socket.settle();
      }
    }
    death.after(site, ledger, random);
    deaths++;
    ledger.missing();
  }

  /**
   * Without further disturbance everything arrives; after another end of the broker, nothing is
   * redelivered before a new message.
   */
  private void drain() throws Exception {
    producing = false;
    join(producers);
    awaitNothingMissing();
    ledger.checkValuesAreWhole();
    site.broker().awaitReady();
    end();
    begin();
    site.broker().awaitReady();
    for (TortureTopic topic : TortureTopic.ALL) {
      publishLast(topic);
    }
    awaitNothingMissing();
    System.out.println("seed " + seed + ": " + deaths + " deaths, " + summary());
  }

  private String summary() {
    return ledger.summary() + "; " + account.summary();
  }

  private List<String> missing() {
    List<String> missing = ledger.missing();
    missing.addAll(account.missing());
    return missing;
  }

  private void publishLast(TortureTopic topic) throws Exception {
    Life life = ledger.life();
    int lowest = topic.priorities() - 1;
    Published last =
        new Published(topic, "last-" + topic.name(), "", 0, lowest, 100, Published.NOT_YET);
    ledger.sending(List.of(last));
    site.peer()
        .confirmed(
            "{\"Topic\":\"%s\",\"Messages\":[{\"Payload\":%s,\"Priority\":%d}]"
                .formatted(topic.name(), last.payload(), lowest));
    ledger.confirmed(List.of(last), life);
  }

  /** Waits as long as messages arrive: the backlog of many deaths takes a while. */
  private void awaitNothingMissing() {
    List<String> missing = missing();
    long fewestAt = System.nanoTime();
    while (!missing.isEmpty() && failures.isEmpty()) {
      LockSupport.parkNanos(DRAIN_POLL_NANOS);
      List<String> before = missing;
      missing = missing();
      if (missing.size() < before.size()) {
        fewestAt = System.nanoTime();
      } else if (System.nanoTime() - fewestAt > DRAIN_PATIENCE.toNanos()) {
        throw new AssertionError(
            "%d lost, with seed %d: %s"
                .formatted(missing.size(), seed, missing.subList(0, Math.min(10, missing.size()))));
      }
    }
    checkFailures();
  }

  private void checkFailures() {
    if (!failures.isEmpty()) {
      throw new AssertionError("seed %d, after %d deaths".formatted(seed, deaths), failures.get(0));
    }
  }

  /** A connection to the present broker or the next one. */
  Peer connect() throws InterruptedException {
    while (true) {
      try {
        return new Peer(UnixDomainSocketAddress.of(site.serverSocket()));
      } catch (IOException notThere) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
      if (Thread.interrupted()) {
        throw new InterruptedException("nobody is there to connect to");
      }
    }
  }

  private void start(List<Thread> threads, TortureWork work) {
    threads.add(work.start(work.getClass().getSimpleName(), failures));
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() throws IOException {
    producing = false;
    running = false;
    for (Thread thread : producers) {
      thread.interrupt();
    }
    for (Thread thread : subscribers) {
      thread.interrupt();
    }
    site.close();
  }
}
