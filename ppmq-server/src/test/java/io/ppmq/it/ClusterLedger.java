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
 * The account of a cluster that is kept outside of it: what producers sent and were told, what came
 * to which subscriber, and which acknowledgements were confirmed. It does not know who leads, nor
 * what befalls the nodes, but for one thing: for how long a leader may push that nobody follows any
 * more. Guarded by itself.
 */
final class ClusterLedger {
  /** A topic for workers, and their name: what pushes to them is what they acknowledge to. */
  static final String PLAIN = "plain";

  static final String WORKER = "w";

  /** Another, with dedupe. */
  static final String KEYED = "keyed";

  static final String KEYED_WORKER = "v";

  /**
   * A topic for a subscriber that is connected to, on any machine. It acknowledges over another
   * connection, perhaps to the next leader, which does not know that this was out; so of this one
   * only that it came is kept account of.
   */
  static final String PUSHED = "pushed";

  static final String LISTENER = "s";

  /** How late a batch may be read after it was written, on a quiet machine. */
  private static final long READ_LATE_MILLIS = 500;

  private static final long EARLY_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(50);

  /** What is done with for so long is forgotten; if it came nevertheless that would be seen. */
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

  /** Empty; what comes late is judged by the pace of the machine. */
  ClusterLedger(Pace pace) {
    this.pace = pace;
  }

  // ---- faults ---------------------------------------------------------------------------------

  /** Something befalls a node now; what is confirmed over these is watched from now on. */
  synchronized void strikes(Collection<String> others) {
    watched = Set.copyOf(others);
    faultNanos = System.nanoTime();
    lastNanos = faultNanos;
    longestNanos = 0;
    again = false;
  }

  /** Whether a value was confirmed that was sent after the last fault. */
  synchronized boolean isConfirmedAgain() {
    return again;
  }

  /** For how long nothing was confirmed, the longest time since the last fault. */
  synchronized long pauseMillis() {
    return TimeUnit.NANOSECONDS.toMillis(Math.max(longestNanos, System.nanoTime() - lastNanos));
  }

  /**
   * From now on and for so long there may be a leader that nobody follows any more and that does
   * not know it: what it pushes may have been acknowledged to the next one.
   */
  synchronized void mayHaveTwoLeaders(long millis) {
    lenientUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pace.bound(millis));
  }

  /**
   * A clock is set now, to the right time or to another. Moments are those of the leader's clock,
   * so what waits for one comes by none of ours.
   */
  synchronized void clockIsSet(boolean right) {
    clocksDiffer = !right;
    clocksSetNanos = System.nanoTime();
  }

  // ---- producers ------------------------------------------------------------------------------

  /**
   * A message is about to be sent, that is not to come before some time has passed. Nothing is to
   * wait for a clock that is wrong.
   *
   * @return after how long it is to come
   */
  synchronized long sending(String topic, String name, long wantedMillis) {
    sent++;
    long delayMillis = clocksDiffer ? 0 : wantedMillis;
    jobs.put(name, new Job(topic, delayMillis));
    return delayMillis;
  }

  /** A value was confirmed that was sent over that node at that moment. */
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

  /** A value was refused: nothing of it may come. */
  synchronized void refused(Collection<String> names) {
    names.forEach(jobs::remove);
    refused += names.size();
  }

  // ---- subscribers ----------------------------------------------------------------------------

  /** A batch came; returns the names of what is in it. */
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
   * A worker is about to acknowledge these: when no answer comes it may have been received
   * nevertheless.
   */
  synchronized void acknowledging(Collection<String> names) {
    names.forEach(name -> jobs.get(name).ackSent = true);
  }

  /** A worker acknowledged these, to the leader that pushed them, and that was confirmed. */
  synchronized void acknowledged(Collection<String> names) {
    for (String name : names) {
      Job job = jobs.get(name);
      if (job.doneNanos == null) {
        job.doneNanos = System.nanoTime();
      }
    }
  }

  // ---- the balance ----------------------------------------------------------------------------

  /** What has still to come, or to be acknowledged; in words. */
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

  /** Forgets what was done with long ago. */
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
