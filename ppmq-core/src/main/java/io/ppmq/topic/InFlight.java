package io.ppmq.topic;

import static java.util.Objects.requireNonNull;

import io.ppmq.message.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fate of the messages chosen for one subscriber: they are pushed or not, and acknowledged,
 * nacked or neither.
 */
final class InFlight {
  private final OutstandingMessages outstanding;
  private final QueueCounters counters;
  private final NextBatch next;
  private final KeyedPlaces places;
  private boolean sent;

  InFlight(
      OutstandingMessages outstanding, QueueCounters counters, NextBatch next, KeyedPlaces places) {
    this.outstanding = outstanding;
    this.counters = counters;
    this.next = next;
    this.places = places;
  }

  // ---- what becomes of a batch ----------------------------------------------------------------

  /**
   * The batch of a worker was pushed whole: its messages that are not acknowledged yet count as
   * sent.
   *
   * @param nowNanos by the clock that never jumps
   * @param nowMillis by the wall clock, in milliseconds since the epoch
   * @return the messages that were acknowledged while they were pushed, and end now
   */
  List<Outstanding> pushed(Worker worker, long nowNanos, long nowMillis) {
    BatchOut batch = worker.batch();
    List<Outstanding> done = new ArrayList<>();
    List<Outstanding> nacked = new ArrayList<>(0);
    for (Outstanding message : batch.messages()) {
      if (batch.isIn(message) && message.state == Outstanding.State.CHOSEN) {
        sent(message, worker, nowMillis);
        if (message.acknowledgedEarly) {
          done.add(message);
        } else if (message.nack != null) {
          nacked.add(message);
        }
      }
    }
    done.forEach(outstanding::end);
    done.forEach(message -> counters.acknowledged(message, message.acknowledgedMillis));
    batch.pushed(nowNanos);
    sent = true;
    for (Outstanding message : nacked) {
      if (nack(message, requireNonNull(message.nack)) != null) {
        done.add(message);
      }
    }
    if (batch.isRedeliveredWhenPushed()) {
      redeliver(batch);
    }
    return done;
  }

  private void sent(Outstanding message, Worker worker, long nowMillis) {
    if (message.isNewVersionChosen()) {
      message.hasOlder |= message.version > 0;
      places.sentVersion(message);
    }
    message.sentTo = worker.identity;
    worker.sent(Math.max(message.id, message.version));
    outstanding.out().sent(message);
    counters.delivered(message, message.attempts, nowMillis);
  }

  /**
   * The batch was not pushed whole: none of its messages counts as sent, and they wait as before.
   *
   * @return the messages that were acknowledged meanwhile: they must have been sent before, and end
   *     now
   */
  List<Outstanding> failed(BatchOut batch) {
    next.putBack(batch);
    List<Outstanding> done = new ArrayList<>();
    for (Outstanding message : batch.messages()) {
      if (outstanding.has(message)
          && message.batch == batch
          && message.acknowledgedEarly
          && acknowledge(message.key, null, message.acknowledgedMillis) != null) {
        done.add(message);
      }
    }
    return done;
  }

  /**
   * Messages of a batch that were sent and are not acknowledged wait to be sent again. Messages
   * that are being pushed do so as soon as they are sent, because the connection that asks may not
   * be the one that reads them.
   */
  void redeliver(BatchOut batch) {
    batch.redeliverWhenPushed(batch.isBeingPushed());
    outstanding.putBackAll(batch, Outstanding.State.SENT);
  }

  /**
   * Messages of a batch that are out wait again, pushed whole or not: the end of the push will not
   * be reported.
   *
   * @return the messages that were acknowledged meanwhile, and end now
   */
  List<Outstanding> takeBack(BatchOut batch) {
    List<Outstanding> done = failed(batch);
    redeliver(batch);
    batch.redeliverWhenPushed(false);
    return done;
  }

  /** The batches with messages out. */
  List<BatchOut> batchesOut() {
    return outstanding.out().all();
  }

  // ---- acknowledging --------------------------------------------------------------------------

  /**
   * Ends the message that is out, or waits to be sent again, under this key. A message with a
   * producer's key ends only if it was sent, since an older message may have had that key: while it
   * is being pushed, the end of the push decides. The broker's key also counts in the form that it
   * had before dedupe was switched.
   *
   * @param by the worker that acknowledges; null if it is not known which
   * @param nowMillis by the wall clock, in milliseconds since the epoch
   * @return the message that ended; null when none did
   */
  @Nullable Outstanding acknowledge(Bytes key, @Nullable Worker by, long nowMillis) {
    Outstanding message = outstanding.findNamed(key);
    if (message == null || (by != null && isAnothers(message, by))) {
      return null;
    }
    message.acknowledgedEarly |= message.isNewVersionChosen();
    message.acknowledgedMillis = nowMillis;
    if (message.isNewVersionChosen() || message.isNeverSent()) {
      return null;
    }
    counters.acknowledged(message, nowMillis);
    if (message.state == Outstanding.State.CHOSEN) {
      // The acknowledgement overtook the note that it was pushed.
      counters.delivered(message, message.attempts + 1, nowMillis);
    }
    if (message.keyed && !message.isOut() && places.holdsNewer(message)) {
      outstanding.waitUnsent(message);
      return null;
    }
    outstanding.end(message);
    return message;
  }

  /**
   * Whether a message is out with another worker, or was sent to another one last, and may not be
   * the version that this worker had. A worker with an older version does not end the newer one,
   * which may be nacked or wait by now. A worker that was sent nothing yet has connected again, and
   * acknowledges what it was sent before. One that was sent its first batch when this version was
   * stored already cannot have an older one, and acknowledges for another.
   */
  private boolean isAnothers(Outstanding message, Worker by) {
    return message.isOut()
        ? !by.batch().isIn(message) && places.mayHaveVersions(message)
        : message.sentTo != by.identity
            && (message.hasOlder || by.mayHaveOlderThan(message.version))
            && places.isVersion(message);
  }

  // ---- nacking --------------------------------------------------------------------------------

  /**
   * The subscriber could not handle the message that is out under this key. A message that is being
   * pushed is nacked at the end of the push: only then it is out.
   *
   * @param by the worker that reports it; null if it is not known which
   * @return the message if that ended it, because it is not to be sent again; else null
   */
  @Nullable Outstanding nack(Bytes key, NackMoment nack, @Nullable Worker by) {
    Outstanding message = findOut(key, by);
    if (message == null || message.acknowledgedEarly) {
      return null;
    }
    if (message.state == Outstanding.State.CHOSEN) {
      message.nack = nack;
      return null;
    }
    return nack(message, nack);
  }

  private @Nullable Outstanding nack(Outstanding message, NackMoment nack) {
    if (message.evicted || (message.keyed && places.isReplaced(message))) {
      outstanding.end(message);
      return message;
    }
    outstanding.nack(message, nack);
    return null;
  }

  private @Nullable Outstanding findOut(Bytes key, @Nullable Worker by) {
    Outstanding message = outstanding.findNamed(key);
    if (message == null || !message.isOut()) {
      return null;
    }
    return by == null || by.batch().isIn(message) ? message : null;
  }

  // ---- the deadline ---------------------------------------------------------------------------

  /**
   * The moment at which the first sent message of a batch is to be sent again; some of them must be
   * out.
   */
  long deadlineNanos(BatchOut batch) {
    return outstanding.deadlines().firstNanos(batch);
  }

  /**
   * Messages of a batch that are not acknowledged in time wait to be sent again: of those that are
   * due, the ones that were sent least often.
   *
   * @return the number of their deliveries; 0 when none is due
   */
  int redeliverDue(BatchOut batch, long nowNanos) {
    return outstanding.putBackDue(batch, nowNanos);
  }

  /**
   * Restarts the acknowledgement time of the message that is out under this key; false when none
   * is.
   *
   * @param by the worker that reports it; null if it is not known which
   */
  boolean extend(Bytes key, long nowNanos, @Nullable Worker by) {
    Outstanding message = findOut(key, by);
    if (message == null || message.acknowledgedEarly) {
      return false;
    }
    if (message.state == Outstanding.State.SENT && message.batch instanceof BatchOut batch) {
      batch.extend(message, nowNanos);
    }
    return true; // a message that is being pushed has all of its time before it
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** Whether any message was sent since progress was last saved. */
  boolean isAnySent() {
    return sent;
  }

  /** It is saved. */
  void saved() {
    sent = false;
  }
}
