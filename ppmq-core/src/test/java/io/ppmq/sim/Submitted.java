package io.ppmq.sim;

import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Something handed to the broker, and what it answered. */
final class Submitted implements Answer {
  private final boolean asks;
  private final boolean promisesDisk;
  private final Runnable counted;
  private boolean confirmed;
  private boolean answered;
  private boolean refused;
  private boolean lost;
  private BooleanSupplier changes = () -> false;
  private final Set<Bytes> gone = new HashSet<>();
  private long attempt;
  private Consumer<ErrorCode> refusal = code -> {};

  /**
   * Handed in now.
   *
   * @param asks whether it asks for an answer
   * @param promisesDisk whether a confirm says that it is safe from a loss of power
   * @param counted runs when it is confirmed
   */
  Submitted(boolean asks, boolean promisesDisk, Runnable counted) {
    this.asks = asks;
    this.promisesDisk = promisesDisk;
    this.counted = counted;
  }

  /** Has this look at a refusal at the moment it is given. */
  void whenRefused(Consumer<ErrorCode> look) {
    refusal = look;
  }

  /**
   * Whether it changes anything, for sure, once it is applied; else it may be confirmed at once.
   */
  void changes(BooleanSupplier anything) {
    changes = anything;
  }

  /** What to hand in as the answer. */
  Answer answer() {
    return asks ? this : Answer.NONE;
  }

  /** It was applied, to be kept by this attempt to commit. */
  void applied(long byAttempt) {
    attempt = byAttempt;
  }

  /** Whether it must be there after a loss that kept no more than this attempt. */
  boolean survives(long kept, boolean powerLost) {
    if (refused && attempt > 0 && attempt <= kept) {
      throw new Violation(Invariant.REFUSED_IS_NOT_DONE, "what was refused is kept");
    }
    return attempt <= kept || (confirmed && (promisesDisk || !powerLost));
  }

  boolean isConfirmed() {
    return confirmed;
  }

  /**
   * Another broker has taken the place of the one that it was handed to.
   *
   * @param kept the last attempt to commit that is kept of that
   */
  void deposed(long kept) {
    refusal = code -> {};
    lost = attempt > kept && changes.getAsBoolean();
  }

  /** Whether it still waits for an answer. */
  boolean isWaiting() {
    return asks && !answered;
  }

  @Override
  public void gone(List<Bytes> keys) {
    gone.addAll(keys);
  }

  /** Of which keys it was told that they are not out. */
  Set<Bytes> gone() {
    return gone;
  }

  @Override
  public void confirmed() {
    answered();
    if (lost) {
      throw new Violation(Invariant.NO_CONFIRMED_LOSS, "what is lost is confirmed");
    }
    confirmed = true;
    counted.run();
  }

  @Override
  public void failed(String reason) {
    answered();
  }

  @Override
  public void refused(ErrorCode code, String reason) {
    answered();
    refused = true;
    refusal.accept(code);
  }

  private void answered() {
    if (answered) {
      throw new Violation(Invariant.ANSWERED_ONCE, "an answer was given twice");
    }
    answered = true;
  }
}
