package io.ppmq.sim;

import io.ppmq.broker.port.Source;

/** One producer's connection: the broker may hold it, and must keep its order. */
final class SimSource implements Source {
  private boolean held;
  private int last = -1;

  boolean isHeld() {
    return held;
  }

  @Override
  public void hold() {
    held = true;
  }

  @Override
  public void release() {
    held = false;
  }

  /** Messages of it were stored; the numbers tell the order of sending. */
  void applied(int number) {
    if (number < last) {
      throw new Violation(Invariant.IN_TURN, "m" + number + " is stored after m" + last);
    }
    last = number;
  }
}
