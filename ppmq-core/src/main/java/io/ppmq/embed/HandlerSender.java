package io.ppmq.embed;

import io.ppmq.broker.Sender;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Pushes to a handler in this process. One batch of a topic is handled at a time: one that is sent
 * again while the handler is still at it is passed over, and comes once more.
 */
final class HandlerSender implements Sender {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.embed");

  private final Link link;
  private final Executor threads;
  private final BiConsumer<Batch, List<Bytes>> acknowledge;
  private final Set<String> busy = new HashSet<>();
  private @Nullable Handler handler;
  private boolean ended;

  /**
   * A sender without a handler.
   *
   * @param acknowledge told which of a batch are done
   */
  HandlerSender(Link link, Executor threads, BiConsumer<Batch, List<Bytes>> acknowledge) {
    this.link = link;
    this.threads = threads;
    this.acknowledge = acknowledge;
  }

  /** Has a handler called from now on; false when there is one already. */
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
    try {
      for (Delivery delivery : batch.deliveries()) {
        if (isDone(known, Received.of(batch.topic(), delivery))) {
          done.add(delivery.key());
        }
      }
    } finally {
      synchronized (this) {
        busy.remove(batch.topic());
      }
    }
    if (!done.isEmpty()) {
      acknowledge.accept(batch, done);
    }
  }

  private static boolean isDone(Handler known, Received message) {
    try {
      known.handle(message);
      return true;
    } catch (Exception e) {
      String sentence = "not acknowledged, because the handler failed: ";
      LOGGER.log(System.Logger.Level.WARNING, sentence + message, e);
      return false;
    }
  }

  /** Begins nothing more; what is sent is passed over. */
  synchronized void end() {
    ended = true;
  }

  @Override
  public void close() {}
}
