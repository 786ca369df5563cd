package io.ppmq.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes the batches of a subscriber and acknowledges them with a confirm: at once or later, as a
 * whole or in parts, and not always if they are redelivered by time. The unsteady one also closes
 * the connection, forgets its messages, stays away for a while, and asks for them with RECONNECT.
 */
final class BusySubscriber implements TortureWork {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(30);
  private static final long ABSENT_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(300);

  private final String name;
  private final SubscriberSocket socket;
  private final Torture torture;
  private final Ledger ledger;
  private final Random random;
  private Peer peer;
  private Life life;

  BusySubscriber(String name, SubscriberSocket socket, Torture torture, Random random) {
    this.name = name;
    this.socket = socket;
    this.torture = torture;
    this.ledger = torture.ledger();
    this.random = random;
  }

  @Override
  public void run() throws Exception {
    connect();
    while (torture.isRunning()) {
      Push push = socket.next(POLL);
      if (push != null) {
        take(push);
      }
      if (name.equals(TortureTopic.UNSTEADY) && torture.isProducing() && random.nextInt(40) == 0) {
        crash();
      }
    }
    peer.close();
  }

  private void connect() throws Exception {
    if (peer != null) {
      peer.close();
    }
    peer = torture.connect();
    life = ledger.life();
  }

  private void take(Push push) throws Exception {
    List<Published> messages = ledger.received(push);
    if (random.nextInt(4) == 0) {
      LockSupport.parkNanos(random.nextLong(PAUSE_NANOS_MAX));
    }
    List<Published> done = new ArrayList<>();
    for (Published message : messages) {
      boolean comesAgain = !message.topic.waitsForEver() || message.isExpired(Long.MAX_VALUE - 1);
      if (!comesAgain || !torture.isProducing() || random.nextInt(10) > 0) {
        done.add(message);
      }
    }
    int part = random.nextInt(4) == 0 ? random.nextInt(done.size() + 1) : 0;
    acknowledge(push, done.subList(0, part));
    acknowledge(push, done.subList(part, done.size()));
  }

  /**
   * Acknowledges. If the broker dies meanwhile or before, sends the acknowledgement to the next
   * one, or lets that one redeliver. Such an acknowledgement does not count: if the old broker died
   * too soon after the push, the key is unknown to the next one. Keys with versions are not
   * acknowledged to the next one, which may have sent a newer version.
   */
  private void acknowledge(Push push, List<Published> messages) throws Exception {
    if (messages.isEmpty()) {
      return;
    }
    List<String> keys =
        messages.stream()
            .map(message -> push.keys().get(push.payloads().indexOf(unquoted(message))))
            .toList();
    boolean late = push.life() < life.number();
    while (torture.isRunning()
        && !(late && (messages.get(0).topic.dedupe() || random.nextBoolean()))) {
      ledger.acknowledging(push, messages, life);
      if (peer.isConfirmed(Peer.acks(push.topic(), name, keys))) {
        if (!late) {
          ledger.acknowledged(push, messages, life);
        }
        return;
      }
      connect();
      late = push.life() < life.number();
    }
  }

  private static String unquoted(Published message) {
    String payload = message.payload();
    return payload.substring(1, payload.length() - 1);
  }

  private void crash() throws Exception {
    ledger.disturbed(name);
    synchronized (socket) {
      boolean absent = random.nextBoolean();
      if (absent) {
        socket.that(SubscriberSocket.Manner.CLOSES_AT_ONCE);
      }
      socket.crash().forEach(ledger::received);
      if (absent) {
        LockSupport.parkNanos(random.nextLong(ABSENT_NANOS_MAX));
        socket.that(SubscriberSocket.Manner.STAYS);
      }
    }
    ledger.disturbed(name);
    if (!peer.isConfirmed("{\"Subscriber\":\"" + name + "\",\"Command\":\"RECONNECT\"")) {
      connect(); // the next broker redelivers everything anyway
    }
  }
}
