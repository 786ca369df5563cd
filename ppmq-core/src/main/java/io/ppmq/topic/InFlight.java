package io.ppmq.topic;

import io.ppmq.message.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What becomes of what was chosen for one subscriber: it is pushed or not, and acknowledged. */
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
   * The batch was pushed whole: what of it is not acknowledged yet is sent.
   *
   * @return what was acknowledged while it was being pushed, and ends now
   */
  List<Outstanding> pushed(BatchOut batch) {
    List<Outstanding> done = new ArrayList<>();
    for (Outstanding message : batch.messages()) {
      if (batch.isIn(message) && message.state == Outstanding.State.CHOSEN) {
        sent(message);
        if (message.acknowledgedEarly) {
          done.add(message);
        }
      }
    }
    done.forEach(outstanding::end);
    counters.acknowledged(done.size());
    batch.pushed();
    sent = true;
    if (batch.isRedeliveredWhenPushed()) {
      redeliver(batch);
    }
    return done;
  }

  private void sent(Outstanding message) {
    if (message.isNewVersionChosen()) {
      places.sentVersion(message);
    }
    outstanding.sent(message);
    counters.delivered(message.attempts);
  }

  /**
   * The batch was not pushed whole: nothing of it counts as sent, and it waits as before.
   *
   * @return what was acknowledged meanwhile, must therefore have been sent before, and ends now
   */
  List<Outstanding> failed(BatchOut batch) {
    next.putBack(batch);
    List<Outstanding> done = new ArrayList<>();
    for (Outstanding message : batch.messages()) {
      if (outstanding.has(message)
          && message.batch == batch
          && message.acknowledgedEarly
          && acknowledge(message.key, null) != null) {
        done.add(message);
      }
    }
    return done;
  }

  /**
   * What of a batch was sent and is not acknowledged waits to be sent again; what is being pushed,
   * as soon as it is sent, because whoever asks may not be the one that reads it.
   */
  void redeliver(BatchOut batch) {
    batch.redeliverWhenPushed(batch.isBeingPushed());
    outstanding.putBackAll(batch, Outstanding.State.SENT);
  }

  /** What of a batch was sent no more often than this waits to be sent again. */
  void redeliver(BatchOut batch, int attemptsMax) {
    outstanding.putBackSent(batch, attemptsMax);
  }

  /**
   * What is out of a batch waits again, pushed whole or not: nobody will say what becomes of it.
   *
   * @return what was acknowledged meanwhile, and ends now
   */
  List<Outstanding> takeBack(BatchOut batch) {
    List<Outstanding> done = failed(batch);
    redeliver(batch);
    batch.redeliverWhenPushed(false);
    return done;
  }

  /** The batches of which something is out. */
  List<BatchOut> batchesOut() {
    return outstanding.batchesOut();
  }

  // ---- acknowledging --------------------------------------------------------------------------

  /**
   * Ends the message that is out, or waits to be sent again, under this key. What has a producer's
   * key ends only if it was sent, since an older message may have had that key: while it is being
   * pushed, the end of the push decides. The broker's key counts in the form, too, that it had
   * before dedupe was switched.
   *
   * @param by the worker that acknowledges; null when nobody knows which it is
   * @return the message that ended; null when none did
   */
  @Nullable Outstanding acknowledge(Bytes key, @Nullable Worker by) {
    Outstanding message = outstanding.findNamed(key);
    if (message == null || (by != null && outstanding.isOutWithAnother(by, message))) {
      return null;
    }
    message.acknowledgedEarly |= message.isNewVersionChosen();
    if (message.isNewVersionChosen() || message.isNeverSent()) {
      return null;
    }
    counters.acknowledged(1);
    if (message.state == Outstanding.State.CHOSEN) {
      // The acknowledgement overtook the note that it was pushed.
      counters.delivered(message.attempts + 1);
    }
    if (message.keyed && !message.isOut() && places.holdsNewer(message)) {
      outstanding.waitUnsent(message);
      return null;
    }
    outstanding.end(message);
    return message;
  }

  // ---- what must be kept ----------------------------------------------------------------------

  /** Whether something was sent since progress was last saved. */
  boolean isAnySent() {
    return sent;
  }

  /** It is saved. */
  void saved() {
    sent = false;
  }
}
