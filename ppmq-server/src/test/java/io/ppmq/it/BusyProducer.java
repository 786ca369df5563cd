package io.ppmq.it;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes all kinds of messages until it is stopped. It sends some values without a confirm, then
 * one with a confirm, which confirms all of them. If the broker is gone, it connects to the next
 * one and goes on with new messages, so it never sends a message twice.
 */
final class BusyProducer implements TortureWork {
  private static final int KEYS = 8;
  private static final int VALUES_UNHEARD_MAX = 5;
  private static final int MESSAGES_MAX = 6;
  private static final long EXPIRES_MILLIS_MAX = 3000;
  private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(60);

  private final String name;
  private final Torture torture;
  private final Ledger ledger;
  private final Random random;
  private int messages;

  BusyProducer(String name, Torture torture, Random random) {
    this.name = name;
    this.torture = torture;
    this.ledger = torture.ledger();
    this.random = random;
  }

  @Override
  public void run() throws Exception {
    Peer peer = torture.connect();
    Life life = ledger.life();
    while (torture.isProducing()) {
      if (!publish(peer, life)) {
        peer.close();
        peer = torture.connect();
        life = ledger.life();
      }
      LockSupport.parkNanos(random.nextLong(PAUSE_NANOS_MAX));
    }
    peer.close();
  }

  /** Publishes some values; false if the broker is gone. */
  private boolean publish(Peer peer, Life life) throws InterruptedException {
    List<List<Published>> unheard = new ArrayList<>();
    boolean there = true;
    for (int more = random.nextInt(VALUES_UNHEARD_MAX); there && more >= 0; more--) {
      List<Published> value = value();
      unheard.add(value);
      ledger.sending(value);
      there = more > 0 ? isSent(peer, json(value) + "}") : peer.isConfirmed(json(value));
    }
    for (List<Published> value : unheard) {
      if (there) {
        ledger.confirmed(value, life);
      } else {
        ledger.gone(value);
      }
    }
    return there;
  }

  private static boolean isSent(Peer peer, String text) {
    try {
      peer.send(text);
      return true;
    } catch (IOException gone) {
      return false;
    }
  }

  private List<Published> value() {
    TortureTopic topic = TortureTopic.ALL.get(random.nextInt(TortureTopic.ALL.size()));
    List<Published> value = new ArrayList<>();
    for (int more = random.nextInt(MESSAGES_MAX); more >= 0; more--) {
      value.add(message(topic));
    }
    return value;
  }

  /** Makes a message. A key belongs to one producer, so that its versions have an order. */
  private Published message(TortureTopic topic) {
    int number = messages++;
    boolean keyed = topic.dedupe() && random.nextInt(5) > 0;
    return new Published(
        topic,
        name + "-" + number,
        keyed ? name + "-" + random.nextInt(KEYS) : "",
        number,
        random.nextInt(topic.priorities()),
        length(),
        random.nextBoolean()
            ? Published.NOT_YET
            : System.currentTimeMillis() + random.nextLong(EXPIRES_MILLIS_MAX));
  }

  private int length() {
    int dice = random.nextInt(1000);
    int most = dice < 3 ? 300_000 : dice < 30 ? 20_000 : 200;
    return 20 + random.nextInt(most);
  }

  private String json(List<Published> value) {
    StringBuilder json = new StringBuilder("{\"Topic\":\"" + value.get(0).topic.name() + "\"");
    json.append(",\"Messages\":[");
    for (Published message : value) {
      json.append("{\"Payload\":").append(message.payload());
      json.append(",\"Priority\":").append(message.priority);
      if (message.isKeyed() || !message.topic.dedupe()) {
        // without dedupe a producer's key has no meaning, and may always be the same
        json.append(",\"Key\":\"").append(message.isKeyed() ? message.key : "k").append('"');
      }
      if (message.expiresMillis != Published.NOT_YET) {
        json.append(",\"Expires\":\"")
            .append(Instant.ofEpochMilli(message.expiresMillis))
            .append('"');
      }
      json.append("},");
    }
    json.setCharAt(json.length() - 1, ']');
    return json.toString();
  }
}
