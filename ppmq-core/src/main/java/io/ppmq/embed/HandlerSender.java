package io.ppmq.embed;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.request.Command;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Pushes to a handler in this process. One message of a topic is handled at a time. A batch that is
 * pushed meanwhile waits; see {@link Lane}.
 */
final class HandlerSender implements Sender {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.embed");

  private final Link link;
  private final Executor threads;
  private final ScheduledExecutorService timer;
  private final ToLongFunction<String> ackRetryMillis;
  private final Consumer<List<Command>> tell;

  /** The topics with messages that are handled or wait; one thread works on each. */
  private final Map<String, Lane> lanes = new HashMap<>();

  /** The topics for which a timer is set. */
  private final Set<String> watched = new HashSet<>();

  private @Nullable Handler handler;
  private boolean ended;

  /**
   * A sender without a handler.
   *
   * @param ackRetryMillis the {@code AckRetry} of a topic
   * @param tell receives the results of handled messages
   */
  HandlerSender(
      Link link,
      Executor threads,
      ScheduledExecutorService timer,
      ToLongFunction<String> ackRetryMillis,
      Consumer<List<Command>> tell) {
    this.link = link;
    this.threads = threads;
    this.timer = timer;
    this.ackRetryMillis = ackRetryMillis;
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
    if (known != null && !ended) {
      Lane lane = lanes.get(batch.topic());
      if (lane == null) {
        Lane begun = new Lane(batch.topic(), batch.subscriber());
        lanes.put(batch.topic(), begun);
        begun.push(batch);
        threads.execute(() -> work(known, begun));
        extendLater(batch.topic());
      } else {
        lane.push(batch);
      }
    }
    return true;
  }

  private void work(Handler known, Lane lane) {
    while (true) {
      Delivery next;
      List<Command> said;
      synchronized (this) {
        next = ended ? null : lane.next(); // what is left comes again when the broker is reopened
        said = next == null || lane.isOverdue() ? lane.results() : List.of();
        if (next == null && said.isEmpty()) {
          lanes.remove(lane.topic);
          return;
        }
      }
      if (!said.isEmpty()) {
        tell.accept(said);
      }
      if (next != null) {
        Throwable failure = failure(known, lane, next);
        synchronized (this) {
          lane.handled(failure);
        }
      }
    }
  }

  // ---- messages that wait for the handler ------------------------------------------------------

  /** Looks after a third of the topic's {@code AckRetry}, which so never ends for what waits. */
  private void extendLater(String topic) {
    long millis = ackRetryMillis.applyAsLong(topic);
    if (millis > 0 && watched.add(topic)) {
      Runnable look = () -> threads.execute(() -> extend(topic));
      var unused = timer.schedule(look, 1 + millis / 3, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Keeps messages out that wait behind one which takes long: otherwise each of them would be
   * delivered again and again, and die in the end without having come to the handler.
   */
  private void extend(String topic) {
    Lane lane;
    List<Bytes> waiting;
    synchronized (this) {
      watched.remove(topic);
      lane = lanes.get(topic);
      if (lane == null || ended) {
        return;
      }
      waiting = lane.waitingKeys();
      extendLater(topic);
    }
    if (!waiting.isEmpty()) {
      tell.accept(List.of(new Command.Extend(topic, lane.subscriber, waiting)));
    }
  }

  /** The reason why a handler failed on a message; null when it succeeded. */
  private static @Nullable Throwable failure(Handler known, Lane lane, Delivery delivery) {
    try {
      known.handle(Received.of(lane.topic, lane.subscriber, delivery));
      return null;
    } catch (Nack nack) {
      return nack;
    } catch (Throwable e) { // also an error: nobody else would nack the message
      LOGGER.log(System.Logger.Level.WARNING, "nacked, because the handler failed: " + delivery, e);
      return e;
    }
  }

  /** Begins nothing more; batches sent from now on are skipped. */
  synchronized void end() {
    ended = true;
  }

  @Override
  public void close() {}
}
