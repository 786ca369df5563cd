package io.ppmq.client;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;

/** The consequence of an exception that a handler threw. */
final class Failure {
  private Failure() {}

  /** Whether the exception means that the handler was interrupted. */
  static boolean isInterruption(Throwable failure) {
    return failure instanceof InterruptedException
        || failure instanceof InterruptedIOException
        || failure instanceof ClosedByInterruptException;
  }

  /** Reports the failure, and asks the retry policy when its messages are to be delivered again. */
  static Nack nack(SubscriberBuilder options, List<Delivery> taken, Throwable failure) {
    String what = taken.size() == 1 ? "a message" : taken.size() + " messages";
    String sentence = what + " of topic " + taken.get(0).topic() + " nacked: the handler failed";
    options.problems.report(sentence, failure);
    try {
      return Nack.of(options.retryPolicy.after(taken.get(0), failure), failure);
    } catch (RuntimeException | Error e) {
      options.problems.report("the retry policy failed", e);
      return Nack.of(RetryAfter.USUAL, failure);
    }
  }
}
