package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The account of a topic with several workers of a subscriber, delayed messages and nacks: no
 * confirmed message is lost, no acknowledged one comes back, none is early, and none is in flight
 * at two workers. Its lives are those of the {@link Ledger}. Guarded by itself.
 */
final class WorkAccount {
  static final String TOPIC = "shared";
  static final String SUBSCRIBER = "w";

  /** Times have milliseconds, and clocks are read one after another. */
  private static final long EARLY_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(20);

  /** The known state of a message. */
  private static final class Job {
    final long dueNanos;
    Life confirmedIn;
    long confirmedNanos;
    boolean ackSent;
    Life ackedIn;
    long ackedNanos;
    Life nackedIn;
    long nackedNanos;
    long retryNanos;
    Peer outWith;

    Job(long dueNanos) {
      this.dueNanos = dueNanos;
    }

    boolean isAcknowledged() {
      return ackedIn != null && ackedIn.keeps(ackedNanos);
    }
  }

  private final Ledger ledger;
  private final Map<String, Job> jobs = new HashMap<>();
  private final Map<Peer, Life> connected = new HashMap<>();
  private int deliveries;
  private int nacks;

  WorkAccount(Ledger ledger) {
    this.ledger = ledger;
  }

  // ---- producers ------------------------------------------------------------------------------

  /** A message is about to be sent. */
  synchronized void sending(String name, long delayMillis) {
    jobs.put(name, new Job(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMillis)));
  }

  synchronized void confirmed(List<String> names, Life inLife) {
    for (String name : names) {
      jobs.get(name).confirmedIn = inLife;
      jobs.get(name).confirmedNanos = System.nanoTime();
    }
  }

  // ---- workers --------------------------------------------------------------------------------

  /** A worker is about to subscribe over a new connection. */
  synchronized void connects(Peer worker, Life life) {
    connected.put(worker, life);
  }

  /** A worker is about to close its connection, or found it closed. */
  synchronized void leaves(Peer worker) {
    connected.remove(worker);
  }

  /**
   * A batch arrived at a worker over its connection.
   *
   * @return false if another broker has started since it was sent; it does not count then
   */
  synchronized boolean came(Peer worker, List<String> names) {
    Life life = connected.get(worker);
    if (life != ledger.life()) {
      return false;
    }
    assertThat(new HashSet<>(names)).as("once in " + names).hasSameSizeAs(names);
    for (String name : names) {
      came(worker, life, name);
    }
    return true;
  }

  private void came(Peer worker, Life life, String name) {
    Job job = jobs.get(name);
    long nowNanos = System.nanoTime();
    assertThat(job).as("nobody sent " + name).isNotNull();
    assertThat(job.isAcknowledged()).as(name + " came after its acknowledgement").isFalse();
    assertThat(nowNanos - job.dueNanos).as(name + " is early").isGreaterThan(-EARLY_NANOS_MAX);
    if (job.nackedIn != null && job.nackedIn.keeps(job.nackedNanos)) {
      assertThat(nowNanos - job.retryNanos)
          .as(name + " is before its RetryAfter")
          .isGreaterThan(-EARLY_NANOS_MAX);
    }
    assertThat(job.outWith != null && connected.get(job.outWith) == life)
        .as(name + " is out with another worker")
        .isFalse();
    job.outWith = worker;
    job.nackedIn = null;
    deliveries++;
  }

  /** A worker is about to acknowledge and nack these messages. */
  synchronized void saying(List<String> acks, List<String> nacked) {
    for (String name : acks) {
      jobs.get(name).ackSent = true;
      jobs.get(name).outWith = null;
    }
    nacked.forEach(name -> jobs.get(name).outWith = null);
  }

  /** The statement of that moment was confirmed; nacked messages follow after the pause. */
  synchronized void said(
      List<String> acks, List<String> nacked, long saidNanos, long retryMillis, Life inLife) {
    for (String name : acks) {
      jobs.get(name).ackedIn = inLife;
      jobs.get(name).ackedNanos = System.nanoTime();
    }
    for (String name : nacked) {
      Job job = jobs.get(name);
      if (job.outWith == null) { // otherwise it was redelivered meanwhile
        job.nackedIn = inLife;
        job.nackedNanos = System.nanoTime();
        job.retryNanos = saidNanos + TimeUnit.MILLISECONDS.toNanos(retryMillis);
      }
    }
    nacks += nacked.size();
  }

  // ---- the balance ----------------------------------------------------------------------------

  /** The messages still to arrive, as text. */
  synchronized List<String> missing() {
    List<String> missing = new ArrayList<>();
    for (Map.Entry<String, Job> entry : jobs.entrySet()) {
      Job job = entry.getValue();
      boolean certain = job.confirmedIn != null && job.confirmedIn.keeps(job.confirmedNanos);
      if (certain && !job.ackSent) {
        missing.add(entry.getKey() + " of the topic that is shared was not acknowledged");
      }
    }
    return missing;
  }

  synchronized String summary() {
    Set<String> acknowledged = new HashSet<>();
    jobs.forEach((name, job) -> acknowledged.addAll(job.ackedIn == null ? Set.of() : Set.of(name)));
    return "%d shared, %d deliveries to workers, %d nacked, %d acknowledged"
        .formatted(jobs.size(), deliveries, nacks, acknowledged.size());
  }
}
