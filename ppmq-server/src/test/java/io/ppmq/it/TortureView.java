package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The deliveries of a topic to a subscriber, and the check that they are right. The check uses the
 * messages and answers of producers, the acknowledgements and their confirms, and of the broker
 * only the times of its starts and kills. Guarded by the {@link Ledger}.
 */
final class TortureView {
  /** The longest time between the writing and the reading of a batch. */
  private static final long READ_LATE_MILLIS = 2000;

  /** The number of remembered versions of a key: a loss may bring back an older one. */
  private static final int VERSIONS_KEPT = 100;

  /** The history of a delivered message. */
  private static final class Got {
    int inLife;
    int attempt;
    boolean ackSent;

    /** The life in which an acknowledgement of it was confirmed; the time follows. */
    Life ackedIn;

    long ackedNanos;
  }

  private final String subscriber;
  private final TortureTopic topic;
  private final Map<Published, Got> got = new HashMap<>();
  private final Map<String, TreeMap<Integer, Published>> versions = new HashMap<>();
  private final Map<String, Integer> keyAckedInLife = new HashMap<>();

  /**
   * The messages to expect: confirmed and not delivered, by priority, in the order of the confirms.
   */
  private final List<Set<Published>> awaited = new ArrayList<>();

  /** The delivered messages without any acknowledgement sent. */
  private final Set<Published> unacknowledged = new LinkedHashSet<>();

  /** The latest publish time of delivered messages, by priority. */
  private final long[] latestSentNanos;

  /** The messages delivered since the start of the broker. */
  private final List<Published> cameInLife = new ArrayList<>();

  private int duplicates;

  private final Pace pace;

  // of the life that the last batch came in
  private int life = -1;
  private int disturbedLife = -1;
  private int lateLife = -1;
  private List<Published> lastBatch = List.of();
  private long lastAckSentNanos;

  TortureView(String subscriber, TortureTopic topic, Pace pace) {
    this.pace = pace;
    this.subscriber = subscriber;
    this.topic = topic;
    this.latestSentNanos = new long[topic.priorities()];
    for (int i = 0; i < topic.priorities(); i++) {
      awaited.add(new LinkedHashSet<>());
      latestSentNanos[i] = Long.MIN_VALUE;
    }
  }

  TortureTopic topic() {
    return topic;
  }

  int deliveries() {
    return got.size();
  }

  int duplicates() {
    return duplicates;
  }

  // ---- what happens ---------------------------------------------------------------------------

  /** A producer got the confirm of this message. */
  void confirmed(Published message) {
    if (!message.isKeyed() && message.isCertain() && !got.containsKey(message)) {
      awaited.get(message.priority).add(message);
    }
  }

  /**
   * The subscriber closed its connection or sent RECONNECT: messages in flight may be redelivered
   * at any time.
   */
  void disturbed(int inLife) {
    disturbedLife = Math.max(disturbedLife, inLife);
  }

  /**
   * A broker gets an acknowledgement of an earlier broker's batch, which may finish its own batch.
   */
  void acknowledgesLate(int inLife) {
    lateLife = Math.max(lateLife, inLife);
  }

  /** An acknowledgement is about to be sent to the broker of that life. */
  void acknowledging(List<Published> messages, int inLife) {
    lastAckSentNanos = System.nanoTime();
    for (Published message : messages) {
      if (message.isKeyed()) {
        keyAckedInLife.merge(message.key, inLife, Math::max);
      }
      got.get(message).ackSent = true;
      unacknowledged.remove(message);
    }
  }

  void acknowledged(List<Published> messages, Life inLife) {
    for (Published message : messages) {
      Got one = got.get(message);
      if (one.ackedIn == null || !one.ackedIn.keeps(one.ackedNanos)) {
        one.ackedIn = inLife;
        one.ackedNanos = System.nanoTime();
      }
      message.acknowledgedIn = one.ackedIn;
      message.acknowledgedNanos = one.ackedNanos;
    }
  }

  /** The broker was killed: delivered messages were committed, so they still exist. */
  void killed() {
    cameInLife.forEach(message -> message.survived = true);
    cameInLife.clear();
  }

  /** The power was lost: uncertain messages may be gone or not. */
  void cut() {
    cameInLife.clear();
    unacknowledged.removeIf(message -> !message.isCertain());
    awaited.forEach(some -> some.removeIf(message -> !message.isCertain()));
  }

  /** A batch arrived. */
  void received(Push push, List<Published> messages, Life inLife, KeyedVersions keyed) {
    boolean undisturbed = topic.waitsForEver() && disturbedLife < push.life();
    boolean first = life != push.life();
    if (!first && undisturbed) {
      checkLastBatchIsDone(push);
    }
    long chosenAfterNanos = inLife.beganNanos();
    if (!first && undisturbed && lateLife < push.life() && !topic.expires()) {
      chosenAfterNanos = Math.max(chosenAfterNanos, lastAckSentNanos);
    }
    checkOrderWithin(push, messages);
    for (int i = 0; i < messages.size(); i++) {
      Published message = messages.get(i);
      checkTime(push, message);
      if (message.isKeyed()) {
        keyed.checkNewest(message, chosenAfterNanos);
        checkVersion(push, message);
      }
      Got before = got.get(message);
      if (before == null) {
        checkRedeliveredFirst(push, messages.subList(i, messages.size()), message);
        checkFifo(message);
        keep(message);
      } else {
        checkMayComeAgain(push, message, before, push.messages().get(i).attempt(), undisturbed);
        duplicates++;
      }
      note(message, push.life(), push.messages().get(i).attempt());
    }
    checkStrictPriority(messages, chosenAfterNanos, push.life());
    life = push.life();
    lastBatch = List.copyOf(messages);
  }

  private void keep(Published message) {
    Got one = new Got();
    got.put(message, one);
    awaited.get(message.priority).remove(message);
    if (message.isKeyed()) {
      TreeMap<Integer, Published> all =
          versions.computeIfAbsent(message.key, key -> new TreeMap<>());
      all.put(message.version, message);
      all.headMap(message.version).values().forEach(unacknowledged::remove);
      if (all.size() > VERSIONS_KEPT) {
        all.pollFirstEntry();
      }
    }
  }

  private void note(Published message, int inLife, int attempt) {
    Got one = got.get(message);
    cameInLife.add(message);
    one.inLife = Math.max(one.inLife, inLife);
    one.attempt = attempt;
    // an acknowledgement of an older version is one of this, if this was sent meanwhile
    boolean maybeAcked = keyAckedInLife.getOrDefault(message.key, -1) >= inLife;
    if (!one.ackSent && !maybeAcked) {
      unacknowledged.add(message);
    }
  }

  // ---- what must hold -------------------------------------------------------------------------

  private String as(Object what) {
    return subscriber + ": " + what;
  }

  /** Checks the order within a batch; a kept place may be better than the priority. */
  private void checkOrderWithin(Push push, List<Published> messages) {
    assertThat(new HashSet<>(messages)).as(as("once in " + messages)).hasSameSizeAs(messages);
    assertThat(new HashSet<>(push.keys())).as(as("keys once")).hasSameSizeAs(messages);
    if (!topic.dedupe()) {
      for (int i = 1; i < messages.size(); i++) {
        assertThat(messages.get(i).priority)
            .as(as(messages.get(i) + " after " + messages.get(i - 1)))
            .isGreaterThanOrEqualTo(messages.get(i - 1).priority);
      }
    }
  }

  /**
   * Checks that at most one batch is in flight: the next one follows after all of it is
   * acknowledged or expired.
   */
  private void checkLastBatchIsDone(Push push) {
    long nowMillis = System.currentTimeMillis();
    for (Published message : lastBatch) {
      assertThat(got.get(message).ackSent || message.isExpired(nowMillis))
          .as(as("while " + message + " was out there came " + push.payloads().size() + " more"))
          .isTrue();
    }
  }

  private void checkTime(Push push, Published message) {
    if (topic.expires() && message.expiresMillis != Published.NOT_YET) {
      long agoMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - push.atNanos());
      long late = System.currentTimeMillis() - agoMillis - message.expiresMillis;
      assertThat(late)
          .as(as(message + " came when expired"))
          .isLessThan(pace.bound(READ_LATE_MILLIS));
    }
  }

  /** Checks that a message is redelivered only while it is in flight. */
  private void checkMayComeAgain(
      Push push, Published message, Got before, int attempt, boolean undisturbed) {
    if (before.ackedIn != null && before.ackedIn.keeps(before.ackedNanos)) {
      assertThat(before.ackedIn.number())
          .as(as(message + " acknowledged in an earlier life, came in life " + push.life()))
          .isGreaterThanOrEqualTo(push.life());
      long laterMillis = TimeUnit.NANOSECONDS.toMillis(push.atNanos() - before.ackedNanos);
      assertThat(laterMillis)
          .as(as(message + " came long after its acknowledgement was confirmed"))
          .isLessThan(pace.bound(READ_LATE_MILLIS));
    }
    if (before.inLife == push.life()) {
      assertThat(undisturbed).as(as(message + " came twice without a reason")).isFalse();
      assertThat(attempt).as(as("attempt of " + message)).isGreaterThan(before.attempt);
    }
  }

  /** Checks the order of messages of which one was stored before the other was sent. */
  private void checkFifo(Published message) {
    if (!message.isKeyed()) {
      assertThat(message.settledNanos)
          .as(as(message + " came after one that was sent when it was in"))
          .isGreaterThan(latestSentNanos[message.priority]);
      latestSentNanos[message.priority] =
          Math.max(latestSentNanos[message.priority], message.sentNanos);
    }
  }

  /**
   * Checks that after a restart messages in flight come first, in their priority and higher ones.
   */
  private void checkRedeliveredFirst(Push push, List<Published> rest, Published fresh) {
    if (topic.dedupe()) {
      return;
    }
    long nowMillis = System.currentTimeMillis();
    for (Published out : unacknowledged) {
      if (got.get(out).inLife < push.life()
          && out.priority <= fresh.priority
          && out.isCertain()
          && !out.isExpired(nowMillis)) {
        throw new AssertionError(
            as(
                "%s came for the first time, %s was out before the restart, %s"
                    .formatted(
                        fresh, out, rest.contains(out) ? "and comes later" : "and is absent")));
      }
    }
  }

  /** Checks that no message is delivered while one of a higher priority waits. */
  private void checkStrictPriority(List<Published> messages, long chosenAfterNanos, int inLife) {
    if (topic.dedupe() || topic.expires()) {
      return;
    }
    int lowest = messages.stream().mapToInt(message -> message.priority).max().orElse(0);
    for (int priority = 0; priority < lowest; priority++) {
      for (Published waiting : awaited.get(priority)) {
        if (waiting.settledNanos >= chosenAfterNanos) {
          break;
        }
        if (waiting.isCertain()) {
          throw new AssertionError(
              as(
                  "%s, %s, waits %d us longer than is known while lower priorities come in life %d: %s"
                      .formatted(
                          waiting,
                          waiting.confirmed(),
                          (chosenAfterNanos - waiting.settledNanos) / 1000,
                          inLife,
                          messages)));
        }
      }
    }
  }

  /** Checks that no older version follows an existing newer one. */
  private void checkVersion(Push push, Published message) {
    for (Published newer :
        versions
            .getOrDefault(message.key, new TreeMap<>())
            .tailMap(message.version, false)
            .values()) {
      assertThat(newer.isCertain() || got.get(newer).inLife == push.life())
          .as(as(message + " version " + message.version + " came after " + newer.version))
          .isFalse();
    }
  }

  // ---- what is left ---------------------------------------------------------------------------

  /** The messages still to be delivered, redelivered or acknowledged, as text. */
  List<String> missing(KeyedVersions keyed, int lifeNow) {
    long nowMillis = System.currentTimeMillis();
    List<String> missing = new ArrayList<>();
    unacknowledged.removeIf(message -> message.isExpired(nowMillis));
    for (Set<Published> some : awaited) {
      some.removeIf(message -> message.isExpired(nowMillis));
      some.stream()
          .filter(Published::isCertain)
          .forEach(
              message -> missing.add(as(message + ", " + message.confirmed() + ", never came")));
    }
    for (Published newest : keyed.newestCertain()) {
      boolean came =
          versions
              .getOrDefault(newest.key, new TreeMap<>())
              .tailMap(newest.version, true)
              .values()
              .stream()
              .anyMatch(
                  message -> {
                    Got one = got.get(message);
                    return message.isCertain() || one.ackSent || one.inLife == lifeNow;
                  });
      if (!came && !keyed.mayHaveExpired(newest, nowMillis)) {
        missing.add(
            as(newest + " version " + newest.version + ", " + newest.confirmed() + ", never came"));
      }
    }
    for (Published message : unacknowledged) {
      if (message.isCertain() && !(message.isKeyed() && keyed.hasNewer(message))) {
        missing.add(as(message + " was out and did not come again"));
      }
    }
    return missing;
  }

  /** Whether this message was ever delivered. */
  boolean came(Published message) {
    return got.containsKey(message);
  }
}
