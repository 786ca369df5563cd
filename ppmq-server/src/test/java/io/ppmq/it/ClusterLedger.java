package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An account of a cluster, kept outside of it: the messages and answers of producers, the
 * deliveries to each subscriber, and the confirmed acknowledgements. It does not know the leader or
 * the faults, with one exception: the time for which a leader without followers may still push.
 * Guarded by itself.
 */
final class ClusterLedger {
  /** A topic for workers, and their name. They acknowledge to the node that pushes to them. */
  static final String PLAIN = "plain";

  static final String WORKER = "w";

  /** Another topic, with dedupe. */
  static final String KEYED = "keyed";

  static final String KEYED_WORKER = "v";

  /**
   * A topic for a subscriber with a socket, on any machine. It acknowledges over another
   * connection, possibly to the next leader, which does not know the messages in flight; so the
   * account has only the deliveries of this topic.
   */
  static final String PUSHED = "pushed";

  static final String LISTENER = "s";

  /** The longest time between the writing and the reading of a batch on a quiet machine. */
  private static final long READ_LATE_MILLIS = 500;

  private static final long EARLY_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(50);

  /** The time after which a finished message is forgotten; a later delivery of it is an error. */
  private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(2);

  private static final class Job {
    final String topic;
    final long sentNanos = System.nanoTime();
    final long dueNanos;
    boolean confirmed;
    boolean came;
    boolean ackSent;
    @Nullable Long doneNanos;

    Job(String topic, long delayMillis) {
      this.topic = topic;
      this.dueNanos = sentNanos + TimeUnit.MILLISECONDS.toNanos(delayMillis);
    }
  }

  private final Pace pace;
  private final Map<String, Job> jobs = new HashMap<>();
  private final Map<String, String> nameByKey = new HashMap<>();
  private Set<String> watched = Set.of();
  private long faultNanos;
  private long lastNanos;
  private long longestNanos;
  private boolean again;
  private long lenientUntilNanos = System.nanoTime();
  private boolean clocksDiffer;
  private long clocksSetNanos = System.nanoTime();
  private int sent;
  private int confirmed;
  private int refused;
  private int came;
  private int repeated;
  private int forgiven;

  /** An empty account; {@code pace} stretches the bounds of times. */
  ClusterLedger(Pace pace) {
    this.pace = pace;
  }

  // ---- faults ---------------------------------------------------------------------------------

  /** A fault strikes now; watches the confirms over these other nodes from now on. */
  synchronized void strikes(Collection<String> others) {
    watched = Set.copyOf(others);
    faultNanos = System.nanoTime();
    lastNanos = faultNanos;
    longestNanos = 0;
    again = false;
  }

  /** Whether a value that was sent after the last fault is confirmed. */
  synchronized boolean isConfirmedAgain() {
    return again;
  }

  /** The longest time without a confirm since the last fault. */
  synchronized long pauseMillis() {
    return TimeUnit.NANOSECONDS.toMillis(Math.max(longestNanos, System.nanoTime() - lastNanos));
  }

  /**
   * For this time there may be a leader without followers that does not know it: the messages that
   * it pushes may have been acknowledged to the next leader.
   */
  synchronized void mayHaveTwoLeaders(long millis) {
    lenientUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pace.bound(millis));
  }

  /**
   * A clock is set now, to the right time or to another. Due times follow the leader's clock, so
   * delayed messages have no exact time by this clock.
   */
  synchronized void clockIsSet(boolean right) {
    clocksDiffer = !right;
    clocksSetNanos = System.nanoTime();
  }

  // ---- producers ------------------------------------------------------------------------------

  /**
   * A delayed message is about to be sent. While a clock is wrong there is no delay.
   *
   * @return the delay to use
   */
  synchronized long sending(String topic, String name, long wantedMillis) {
    sent++;
    long delayMillis = clocksDiffer ? 0 : wantedMillis;
    jobs.put(name, new Job(topic, delayMillis));
    return delayMillis;
  }

  /** A value that was sent over that node at that moment is confirmed. */
  synchronized void confirmed(Collection<String> names, String node, long sentNanos) {
    if (watched.contains(node)) {
      long now = System.nanoTime();
      longestNanos = Math.max(longestNanos, now - lastNanos);
      lastNanos = now;
      again |= sentNanos - faultNanos > 0;
    }
    for (String name : names) {
      jobs.get(name).confirmed = true;
    }
    confirmed += names.size();
  }

  /** A value was refused: none of its messages may arrive. */
  synchronized void refused(Collection<String> names) {
    names.forEach(jobs::remove);
    refused += names.size();
  }

  // ---- subscribers ----------------------------------------------------------------------------

  /** A batch arrived; returns the names of its messages. */
  synchronized List<String> received(Push push) {
    List<String> names = new ArrayList<>();
    for (Push.Received message : push.messages()) {
      String name = Published.nameIn(message.payload());
      names.add(name);
      String key = push.topic() + " " + message.key();
      String before = nameByKey.putIfAbsent(key, name);
      assertThat(before == null ? name : before).as("what has the key %s", key).isEqualTo(name);
      Job job = jobs.get(name);
      assertThat(job)
          .as(
              "%s came to %s: nobody sent it, or it was refused, or done with",
              name, push.subscriber())
          .isNotNull();
      assertThat(job.topic).as("topic of %s", name).isEqualTo(push.topic());
      check(push, name, job);
      came++;
    }
    assertThat(new HashSet<>(names)).as("once in " + names).hasSameSizeAs(names);
    return names;
  }

  private void check(Push push, String name, Job job) {
    if (job.sentNanos - clocksSetNanos > 0) {
      assertThat(push.atNanos() - job.dueNanos)
          .as(name + " is early")
          .isGreaterThan(-EARLY_NANOS_MAX);
    }
    if (job.came) {
      repeated++;
    }
    job.came = true;
    Long done = job.doneNanos;
    if (push.subscriber().equals(LISTENER)) {
      job.doneNanos = push.atNanos();
    } else if (done != null) {
      checkUnread(push, name, done);
    }
  }

  private void checkUnread(Push push, String name, long done) {
    long lateMillis = TimeUnit.NANOSECONDS.toMillis(push.atNanos() - done);
    if (push.atNanos() - lenientUntilNanos < 0 || lateMillis < pace.bound(READ_LATE_MILLIS)) {
      forgiven++;
      return;
    }
    throw new AssertionError(
        "%s came to %s %d ms after its acknowledgement was confirmed"
            .formatted(name, push.subscriber(), lateMillis));
  }

  /**
   * A worker is about to acknowledge these: without an answer the acknowledgement may still have
   * arrived.
   */
  synchronized void acknowledging(Collection<String> names) {
    names.forEach(name -> jobs.get(name).ackSent = true);
  }

  /** The leader that pushed these has confirmed their acknowledgement. */
  synchronized void acknowledged(Collection<String> names) {
    for (String name : names) {
      Job job = jobs.get(name);
      if (job.doneNanos == null) {
        job.doneNanos = System.nanoTime();
      }
    }
  }

  // ---- the balance ----------------------------------------------------------------------------

  /** The messages still to arrive or to be acknowledged, as text. */
  synchronized List<String> missing() {
    List<String> missing = new ArrayList<>();
    jobs.forEach(
        (name, job) -> {
          if (job.confirmed && job.doneNanos == null && !job.ackSent) {
            String how =
                job.came ? " came, was not acknowledged, and came not again" : " never came";
            missing.add(job.topic + " " + name + how);
          }
        });
    return missing;
  }

  /** Forgets messages that were finished long ago. */
  synchronized void forget() {
    long before = System.nanoTime() - REMEMBERED_NANOS;
    jobs.values()
        .removeIf(job -> job.confirmed && job.doneNanos != null && job.doneNanos - before < 0);
  }

  synchronized String summary() {
    return ("%d messages sent, %d confirmed, %d refused, %d deliveries, %d again, "
            + "%d after their acknowledgement while there were two leaders or unread till then")
        .formatted(sent, confirmed, refused, came, repeated, forgiven);
  }
}
