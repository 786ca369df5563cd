package io.ppmq.spring;

import io.ppmq.client.Address;
import io.ppmq.client.Delivery;
import io.ppmq.client.MessageHandler;
import io.ppmq.client.Refused;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** One listener method while the application runs. */
final class Listener {
  private static final Log log = LogFactory.getLog(Listener.class);

  /**
   * The values of the annotation, with placeholders resolved.
   *
   * @param retryAfter null for the default of the broker
   */
  record Options(
      String subscriber,
      List<String> topics,
      int workers,
      int threads,
      int batchSize,
      @Nullable Duration retryAfter) {}

  private final Options options;
  private final MessageHandler handler;
  private final LongAdder handled = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile @Nullable Run running;

  /** The subscriber between a start and the next stop, and why the broker refuses it. */
  private static final class Run {
    final Subscriber subscriber;
    volatile @Nullable String refusal;

    Run(Subscriber subscriber) {
      this.subscriber = subscriber;
    }
  }

  Listener(Options options, MessageHandler handler) {
    this.options = options;
    this.handler = handler;
  }

  /** Does nothing where it is running already. */
  void start(Address broker, Observations observations) {
    if (running != null) {
      return;
    }
    SubscriberBuilder builder =
        Subscriber.builder(options.subscriber, broker)
            .workers(options.workers)
            .threads(options.threads)
            .problems((sentence, cause) -> log.warn(sentence, cause));
    if (!options.topics.isEmpty()) {
      builder.topics(options.topics.toArray(String[]::new));
    }
    if (options.batchSize > 0) {
      builder.batchSize(options.batchSize);
    }
    if (options.retryAfter != null) {
      builder.retryAfter(options.retryAfter);
    }
    Run run = new Run(builder.subscribeEach(delivery -> handle(delivery, observations)));
    running = run;
    Thread waiting = new Thread(() -> await(run), "ppmq-listener-" + options.subscriber);
    waiting.setDaemon(true);
    waiting.start();
  }

  /** Says it where the broker will not have this subscriber, now or ever. */
  private void await(Run run) {
    try {
      run.subscriber.awaitClosed();
    } catch (Refused e) {
      run.refusal = e.getMessage();
      log.error("subscriber " + options.subscriber + " is refused: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(Delivery delivery, Observations observations) throws Exception {
    boolean done = false;
    try {
      observations.handle(options.subscriber, delivery, handler);
      handled.increment();
      done = true;
    } finally {
      if (!done) {
        failed.increment();
      }
    }
  }

  /** Finishes the running handlers, and acknowledges their messages. */
  void stop() {
    Run run = running;
    running = null;
    if (run != null) {
      run.subscriber.close();
    }
  }

  String subscriber() {
    return options.subscriber;
  }

  /**
   * Why the broker does not have this subscriber; null while it does, as far as is known, and while
   * it does not run.
   */
  @Nullable String refusal() {
    Run run = running;
    return run == null ? null : run.refusal;
  }

  /** How many messages the method has done. */
  long handled() {
    return handled.sum();
  }

  /** How many times the method threw. */
  long failed() {
    return failed.sum();
  }
}
