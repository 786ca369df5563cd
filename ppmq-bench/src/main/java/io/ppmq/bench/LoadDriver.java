package io.ppmq.bench;

import io.ppmq.load.LoadProducer;
import io.ppmq.load.LoadSubscriber;
import io.ppmq.load.Pace;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import io.ppmq.load.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * Uses the sockets of ppMQ directly, with as little work as possible: several producers and
 * subscribers, with a thread for each.
 */
public final class LoadDriver implements Driver {
  @Override
  public DrivenProducer producer(Settings settings) throws IOException {
    Shape shape =
        new Shape(
            PpmqServer.names("topic", settings.number("topics")),
            settings.number("payload"),
            settings.number("batch"),
            settings.number("priorities"),
            settings.number("keys"));
    List<LoadProducer> producers = new ArrayList<>();
    for (int i = 0; i < settings.number("producers"); i++) {
      producers.add(new LoadProducer(Path.of(settings.text("socket")), shape, i));
    }
    return new Producers(producers);
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws IOException {
    Path socket = Path.of(settings.text("socket"));
    List<LoadSubscriber> subscribers = new ArrayList<>();
    for (String name : PpmqServer.names("subscriber", settings.number("subscribers"))) {
      Path own = socket.resolveSibling(name + ".socket");
      subscribers.add(new LoadSubscriber(name, own, socket, settings.number("payload")));
    }
    return new Subscribers(subscribers);
  }

  private record Producers(List<LoadProducer> producers) implements DrivenProducer {
    /** The pace is for all producers together, the window for each. */
    @Override
    public Published publish(Pace pace) throws Exception {
      int count = producers.size();
      Pace each =
          new Pace(
              (pace.messagesMax() + count - 1) / count,
              pace.nanosMax(),
              pace.messagesPerSecond() / count,
              pace.windowValues());
      List<Published> all = together(producers, producer -> producer.publish(each));
      long messages = 0;
      long nanos = 0;
      long refused = 0;
      Histogram confirmNanos = new Histogram(3);
      for (Published one : all) {
        messages += one.messages();
        nanos = Math.max(nanos, one.nanos());
        refused += one.refused();
        confirmNanos.add(one.confirmNanos());
      }
      return new Published(messages, nanos, refused, confirmNanos);
    }

    @Override
    public void close() throws IOException {
      for (LoadProducer producer : producers) {
        producer.close();
      }
    }
  }

  private record Subscribers(List<LoadSubscriber> subscribers) implements DrivenSubscriber {
    @Override
    public Received receive(int ends) throws Exception {
      List<Received> all = together(subscribers, subscriber -> subscriber.receive(ends));
      long messages = 0;
      long batches = 0;
      long nanos = 0;
      Histogram deliveryNanos = new Histogram(3);
      for (Received one : all) {
        messages += one.messages();
        batches += one.batches();
        nanos = Math.max(nanos, one.nanos());
        deliveryNanos.add(one.deliveryNanos());
      }
      return new Received(messages, batches, nanos, deliveryNanos);
    }

    @Override
    public void close() throws IOException {
      for (LoadSubscriber subscriber : subscribers) {
        subscriber.close();
      }
    }
  }

  /** The work of one of them; it may block. */
  private interface Work<T, R> {
    R on(T one) throws Exception;
  }

  /** Runs the work of all at the same time, with a thread for each, and waits for the results. */
  private static <T, R> List<R> together(List<T> all, Work<T, R> work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(all.size());
    try {
      List<Callable<R>> tasks = new ArrayList<>();
      for (T one : all) {
        tasks.add(() -> work.on(one));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> result : threads.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
