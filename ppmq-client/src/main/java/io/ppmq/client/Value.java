package io.ppmq.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A value on its way to the broker, and the future that its confirm completes. */
final class Value {
  final String confirm;
  final ByteBuffer bytes;
  final long deadlineNanos;

  /** To be run when its room is free again. */
  final Runnable left;

  final CompletableFuture<Void> confirmed = new CompletableFuture<>();

  /** Set before the future completes, and read after it. */
  private List<String> gone = List.of();

  Value(String confirm, byte[] line, long deadlineNanos, Runnable left) {
    this.confirm = confirm;
    this.bytes = ByteBuffer.wrap(line);
    this.deadlineNanos = deadlineNanos;
    this.left = left;
  }

  int length() {
    return bytes.capacity();
  }

  boolean isDue() {
    return deadlineNanos - System.nanoTime() <= 0;
  }

  /** Ends as the broker answered. */
  void end(Wire.Confirm answer) {
    Exception failure = answer.failure();
    if (failure == null) {
      gone = answer.gone();
      confirmed.complete(null);
    } else {
      fail(failure);
    }
  }

  void fail(Exception failure) {
    confirmed.completeExceptionally(failure);
  }

  /** Waits for the confirm; returns the keys of which the broker says that they are not out. */
  List<String> await() throws Refused, IOException, InterruptedException {
    await(confirmed);
    return gone;
  }

  /** Waits for the end of such a future. */
  static void await(CompletableFuture<Void> confirmed)
      throws Refused, IOException, InterruptedException {
    try {
      confirmed.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Refused refused) {
        throw refused;
      }
      if (e.getCause() instanceof IOException broken) {
        throw broken;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
