package io.ppmq.embed;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pushes to a handler in this process. One batch of a topic is handled at a time: one that is sent
 * again while the handler still works on it is skipped, and comes once more.
 */
final class HandlerSender implements Sender {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.embed");

  /** No more bytes of a reason are kept. */
  private static final int REASON_BYTES_MAX = 1024;

  private final Link link;
  private final Executor threads;
  private final Consumer<List<Command>> tell;
  private final Set<String> busy = new HashSet<>();
  private @Nullable Handler handler;
  private boolean ended;

  /**
   * A sender without a handler.
   *
   * @param tell receives the results of the messages of a batch
   */
  HandlerSender(Link link, Executor threads, Consumer<List<Command>> tell) {
    this.link = link;
    this.threads = threads;
    this.tell = tell;
  }

  /** Sets the handler; false when there is one already. */
  boolean use(Handler first) {
    synchronized (this) {
      if (handler != null) {
        return false;
      }
      handler = first;
    }
    link.appeared();
    return true;
  }

  @Override
  public synchronized void open() {
    if (handler == null) {
      link.failed("no handler has subscribed");
    } else {
      link.opened();
    }
  }

  @Override
  public synchronized boolean push(Batch batch) {
    Handler known = handler;
    if (known != null && !ended && busy.add(batch.topic())) {
      threads.execute(() -> handle(known, batch));
    }
    return true;
  }

  private void handle(Handler known, Batch batch) {
    List<Bytes> done = new ArrayList<>();
    List<Command> said = new ArrayList<>();
    try {
      for (Delivery delivery : batch.deliveries()) {
        if (isEnded()) {
          break; // the rest comes again when the broker is opened again
        }
        Throwable failure =
            failure(known, Received.of(batch.topic(), batch.subscriber(), delivery));
        if (failure == null) {
          done.add(delivery.key());
        } else {
          said.add(nack(batch, delivery.key(), failure));
        }
      }
    } finally {
      synchronized (this) {
        busy.remove(batch.topic());
      }
    }
    if (!done.isEmpty()) {
      said.add(new Command.Acknowledge(batch.topic(), batch.subscriber(), done));
    }
    if (!said.isEmpty()) {
      tell.accept(said);
    }
  }

  private synchronized boolean isEnded() {
    return ended;
  }

  /** The reason why a handler failed on a message; null when it succeeded. */
  private static @Nullable Throwable failure(Handler known, Received message) {
    try {
      known.handle(message);
      return null;
    } catch (Nack nack) {
      return nack;
    } catch (Throwable e) { // also an error: nobody else would nack the message
      LOGGER.log(System.Logger.Level.WARNING, "nacked, because the handler failed: " + message, e);
      return e;
    }
  }

  private static Command nack(Batch batch, Bytes key, Throwable failure) {
    long retryAfterMillis =
        failure instanceof Nack nack ? nack.retryAfterMillis() : Command.Nack.BY_ATTEMPTS;
    return new Command.Nack(
        batch.topic(), batch.subscriber(), List.of(key), retryAfterMillis, reason(failure));
  }

  /** The message of an exception, or its class where it has none. */
  private static String reason(Throwable failure) {
    String message = message(failure);
    String said =
        message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    byte[] utf8 = said.getBytes(StandardCharsets.UTF_8);
    int end = Math.min(utf8.length, REASON_BYTES_MAX);
    while (end < utf8.length && (utf8[end] & 0xC0) == 0x80) {
      end--; // not in the middle of a character
    }
    return new String(utf8, 0, end, StandardCharsets.UTF_8);
  }

  private static @Nullable String message(Throwable failure) {
    try {
      return failure.getMessage();
    } catch (RuntimeException e) {
      return null; // an exception of the program whose message fails
    }
  }

  /** Begins nothing more; batches sent from now on are skipped. */
  synchronized void end() {
    ended = true;
  }

  @Override
  public void close() {}
}
