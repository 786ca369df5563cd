package io.ppmq.sim;

import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A request to the broker, and its answer. */
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
   * A request that is submitted now.
   *
   * @param asks whether it asks for an answer
   * @param promisesDisk whether a confirm promises safety from a loss of power
   * @param counted runs when it is confirmed
   */
  Submitted(boolean asks, boolean promisesDisk, Runnable counted) {
    this.asks = asks;
    this.promisesDisk = promisesDisk;
    this.counted = counted;
  }

  /** Checks a refusal at the moment it is given. */
  void whenRefused(Consumer<ErrorCode> look) {
    refusal = look;
  }

  /**
   * Whether it certainly changes something when it is applied; otherwise it may be confirmed at
   * once.
   */
  void changes(BooleanSupplier anything) {
    changes = anything;
  }

  /** The answer to submit. */
  Answer answer() {
    return asks ? this : Answer.NONE;
  }

  /** It was applied, and this attempt to commit keeps it. */
  void applied(long byAttempt) {
    attempt = byAttempt;
  }

  /** Whether it must exist after a loss that kept no more than this attempt. */
  boolean survives(long kept, boolean powerLost) {
    if (refused && attempt > 0 && attempt <= kept) {
      throw new Violation(
          Invariant.REFUSED_IS_NOT_DONE, "the messages of a refused value are stored");
    }
    return attempt <= kept || (confirmed && (promisesDisk || !powerLost));
  }

  boolean isConfirmed() {
    return confirmed;
  }

  /**
   * Another broker has replaced the one that it was submitted to.
   *
   * @param kept the last kept attempt to commit of that broker
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

  /** The keys that the broker reported as not in flight. */
  Set<Bytes> gone() {
    return gone;
  }

  @Override
  public void confirmed() {
    answered();
    if (lost) {
      throw new Violation(Invariant.NO_CONFIRMED_LOSS, "a lost value is confirmed");
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
      throw new Violation(Invariant.ANSWERED_ONCE, "a request got two answers");
    }
    answered = true;
  }
}
