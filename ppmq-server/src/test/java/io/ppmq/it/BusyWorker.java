package io.ppmq.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A worker that subscribes: it acknowledges its messages over the same connection with a confirm,
 * and nacks some. Now and then it closes the connection with an unacknowledged batch.
 */
final class BusyWorker implements TortureWork {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(30);
  private static final int RETRY_MILLIS_MAX = 600;

  private final Torture torture;
  private final WorkAccount account;
  private final Random random;

  BusyWorker(Torture torture, Random random) {
    this.torture = torture;
    this.account = torture.account();
    this.random = random;
  }

  @Override
  public void run() throws Exception {
    while (torture.isRunning()) {
      Life life = torture.ledger().life();
      try (Peer peer = torture.connect()) {
        if (torture.ledger().life() == life) {
          account.connects(peer, life);
          work(peer, life);
          account.leaves(peer);
        }
      }
    }
  }

  /** Works until the connection ends. */
  private void work(Peer peer, Life life) throws Exception {
    boolean there =
        peer.isConfirmed(
            "{\"Subscriber\":\"" + WorkAccount.SUBSCRIBER + "\",\"Command\":\"SUBSCRIBE\"");
    while (there && torture.isRunning() && peer.nothingCame()) {
      Push push = peer.push(POLL);
      there = push == null || take(push, peer, life);
    }
  }

  /** Handles a batch; returns whether to go on. */
  private boolean take(Push push, Peer peer, Life life) throws Exception {
    List<String> names =
        push.messages().stream().map(message -> Published.nameIn(message.payload())).toList();
    if (!account.came(peer, names)) {
      return false;
    }
    if (torture.isProducing() && random.nextInt(30) == 0) {
      return false; // closes the connection
    }
    if (random.nextInt(4) == 0) {
      LockSupport.parkNanos(random.nextLong(PAUSE_NANOS_MAX));
    }
    List<String> acks = new ArrayList<>();
    List<String> nacks = new ArrayList<>();
    List<String> ackKeys = new ArrayList<>();
    List<String> nackKeys = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      boolean done = random.nextInt(torture.isProducing() ? 5 : 20) > 0;
      (done ? acks : nacks).add(names.get(i));
      (done ? ackKeys : nackKeys).add(push.keys().get(i));
    }
    int retryMillis = random.nextInt(RETRY_MILLIS_MAX);
    account.saying(acks, nacks);
    long saidNanos = System.nanoTime();
    boolean confirmed = peer.isConfirmed(value(ackKeys, nackKeys, retryMillis));
    if (confirmed) {
      account.said(acks, nacks, saidNanos, retryMillis, life);
    }
    return confirmed;
  }

  private static String value(List<String> acks, List<String> nacks, int retryMillis) {
    String value = "{\"Topic\":\"%s\",\"Subscriber\":\"%s\",\"Acks\":[%s],\"Nacks\":[%s]";
    return value.formatted(
            WorkAccount.TOPIC, WorkAccount.SUBSCRIBER, inQuotes(acks), inQuotes(nacks))
        + (nacks.isEmpty() ? "" : ",\"RetryAfter\":\"" + retryMillis + "ms\"");
  }

  private static String inQuotes(List<String> keys) {
    return keys.stream().map(key -> "\"" + key + "\"").collect(Collectors.joining(","));
  }
}
