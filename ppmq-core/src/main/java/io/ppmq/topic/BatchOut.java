package io.ppmq.topic;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch that is out with one worker, from the moment at which it is chosen until the next one is
 * chosen for that worker. It keeps messages that have ended meanwhile; the state of a message
 * tells.
 */
final class BatchOut implements Outstanding.Together {
  private final List<Outstanding> messages = new ArrayList<>();
  private int inFlight;
  private boolean pushed;
  private long pushedNanos;

  /** The start of the acknowledgement time of messages for which it began again. */
  private @Nullable Map<Outstanding, Long> extendedNanos;

  private boolean redeliverWhenPushed;

  // ---- what is in it --------------------------------------------------------------------------

  /** Takes a message in, which is out from now on. */
  void add(Outstanding message) {
    messages.add(message);
    message.batch = this;
    inFlight++;
  }

  @Override
  public void leave() {
    inFlight--;
  }

  /** All chosen messages, in order. */
  List<Outstanding> messages() {
    return Collections.unmodifiableList(messages);
  }

  @Override
  public int inFlight() {
    return inFlight;
  }

  /** Whether a message is out in this batch, and not in a later one. */
  boolean isIn(Outstanding message) {
    return message.batch == this && message.isOut();
  }

  // ---- what becomes of it ---------------------------------------------------------------------

  /** It was pushed whole. */
  void pushed(long nowNanos) {
    pushed = true;
    pushedNanos = nowNanos;
  }

  /** Restarts the acknowledgement time of a message. */
  void extend(Outstanding message, long nowNanos) {
    if (extendedNanos == null) {
      extendedNanos = new HashMap<>();
    }
    extendedNanos.put(message, nowNanos);
  }

  /** The start of the acknowledgement time of a sent message. */
  long sinceNanos(Outstanding message) {
    Long extended = extendedNanos == null ? null : extendedNanos.get(message);
    return extended == null ? pushedNanos : extended;
  }

  /** Whether it was pushed whole and any of its messages is out. */
  boolean awaitsAcknowledgement() {
    return pushed && inFlight > 0;
  }

  /** Whether it is being pushed. */
  boolean isBeingPushed() {
    return !pushed && inFlight > 0;
  }

  /** Whether it is to be sent again as soon as it is pushed. */
  boolean isRedeliveredWhenPushed() {
    return redeliverWhenPushed;
  }

  /** Sets whether it is sent again as soon as it is pushed. */
  void redeliverWhenPushed(boolean redeliver) {
    redeliverWhenPushed = redeliver;
  }
}
