package io.ppmq.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Publishes messages for workers, half of them delayed, each value with a confirm. */
final class DelayingProducer implements TortureWork {
  private static final int MESSAGES_MAX = 6;
  private static final int DELAY_MILLIS_MAX = 2500;
  private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(60);

  private final Torture torture;
  private final WorkAccount account;
  private final Random random;
  private int messages;

  DelayingProducer(Torture torture, Random random) {
    this.torture = torture;
    this.account = torture.account();
    this.random = random;
  }

  @Override
  public void run() throws Exception {
    while (torture.isProducing()) {
      Life life = torture.ledger().life();
      try (Peer peer = torture.connect()) {
        if (torture.ledger().life() == life) {
          publish(peer, life);
        }
      }
    }
  }

  /** Publishes until the connection ends. */
  private void publish(Peer peer, Life life) throws InterruptedException {
    boolean there = true;
    while (there && torture.isProducing()) {
      List<String> names = new ArrayList<>();
      there = peer.isConfirmed(value(names));
      if (there) {
        account.confirmed(names, life);
      }
      LockSupport.parkNanos(random.nextLong(PAUSE_NANOS_MAX));
    }
  }

  private String value(List<String> names) {
    StringJoiner json =
        new StringJoiner(",", "{\"Topic\":\"" + WorkAccount.TOPIC + "\",\"Messages\":[", "]");
    for (int more = random.nextInt(MESSAGES_MAX); more >= 0; more--) {
      String name = "d" + messages++;
      long delayMillis = random.nextBoolean() ? 0 : random.nextInt(DELAY_MILLIS_MAX);
      names.add(name);
      account.sending(name, delayMillis);
      json.add(
          "{\"Payload\":\"%s x\",\"Priority\":%d,\"Delay\":\"%dms\"}"
              .formatted(name, random.nextInt(2), delayMillis));
    }
    return json.toString();
  }
}
