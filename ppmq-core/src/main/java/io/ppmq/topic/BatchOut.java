package io.ppmq.topic;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A batch that is out with one worker, from the moment at which it is chosen until the next one is
 * chosen for that worker. It keeps what has ended meanwhile; the state of a message tells.
 */
final class BatchOut implements Outstanding.Together {
  private final List<Outstanding> messages = new ArrayList<>();
  private int inFlight;
  private boolean pushed;
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

  /** All that was chosen, in order. */
  List<Outstanding> messages() {
    return Collections.unmodifiableList(messages);
  }

  @Override
  public int inFlight() {
    return inFlight;
  }

  /** The fewest attempts of what is out and was sent; 0 when nothing is. */
  int fewestAttempts() {
    int fewest = 0;
    for (Outstanding message : messages) {
      boolean sent = isIn(message) && message.state == Outstanding.State.SENT;
      if (sent && (fewest == 0 || message.attempts < fewest)) {
        fewest = message.attempts;
      }
    }
    return pushed ? fewest : 0;
  }

  /** Whether a message is out in this batch, and not in a later one. */
  boolean isIn(Outstanding message) {
    return message.batch == this && message.isOut();
  }

  // ---- what becomes of it ---------------------------------------------------------------------

  /** It was pushed whole. */
  void pushed() {
    pushed = true;
  }

  /** Whether it was pushed whole and something of it is out. */
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

  /** Has it sent again as soon as it is pushed, or not. */
  void redeliverWhenPushed(boolean redeliver) {
    redeliverWhenPushed = redeliver;
  }
}
