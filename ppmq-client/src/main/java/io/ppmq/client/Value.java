package io.ppmq.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A value on its way to the broker, with the future that its confirm completes. */
final class Value {
  final String confirm;
  final ByteBuffer bytes;
  final long deadlineNanos;

  /**
   * Receives the failure of the value, or null when it is confirmed, before the future completes.
   */
  final Consumer<@Nullable Exception> ended;

  final CompletableFuture<Void> confirmed = new CompletableFuture<>();

  /** Set before the future completes, and read after it. */
  private List<String> gone = List.of();

  Value(String confirm, byte[] line, long deadlineNanos, Consumer<@Nullable Exception> ended) {
    this.confirm = confirm;
    this.bytes = ByteBuffer.wrap(line);
    this.deadlineNanos = deadlineNanos;
    this.ended = ended;
  }

  int length() {
    return bytes.capacity();
  }

  boolean isDue() {
    return deadlineNanos - System.nanoTime() <= 0;
  }

  /**
   * Completes the value as confirmed.
   *
   * @param notOut the keys that the broker reported as not out
   */
  void succeed(List<String> notOut) {
    gone = notOut;
    confirmed.complete(null);
  }

  void fail(Exception failure) {
    confirmed.completeExceptionally(failure);
  }

  /** Waits for the confirm; returns the keys that the broker reported as not out. */
  List<String> await() throws Refused, IOException, InterruptedException {
    await(confirmed);
    return gone;
  }

  /** Waits until a value's future completes. */
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
