package io.ppmq.cli.bench;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.process.BrokerProcess;
import io.ppmq.cli.process.TemporaryDirectory;
import io.ppmq.load.LoadProducer;
import io.ppmq.load.LoadSubscriber;
import io.ppmq.load.Pace;
import io.ppmq.load.ProcessUsage;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import io.ppmq.load.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The parts of {@code ppmq bench}, and the broker that they measure. */
final class BenchRun implements AutoCloseable {
  private static final String TOPIC = "bench";
  private static final String SUBSCRIBER = "bench";
  private static final int VALUE_MESSAGES = 50;
  private static final int WINDOW_VALUES = 16;
  private static final double WARM_UP_SECONDS = 2;
  private static final double PART_SECONDS = 3;
  private static final long PATIENCE_SECONDS = 60;

  private static final String CONFIG =
      """
      ServerSocket: %1$s/ppmq.socket
      DataPath: %1$s/data
      Sync: %2$s
      Subscribers:
        - Name: bench
          Socket: %1$s/bench.socket
      Topics:
        - Name: bench
          Subscribers: [bench]
      """;

  private final BenchCommand options;
  private final TemporaryDirectory temporary;
  private final BrokerProcess broker;
  private final ExecutorService subscriberThread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "bench-subscriber");
            thread.setDaemon(true);
            return thread;
          });

  private BenchRun(BenchCommand options, TemporaryDirectory temporary) {
    this.options = options;
    this.temporary = temporary;
    this.broker = new BrokerProcess(directory().resolve("ppmq.yaml"));
  }

  /** Makes the directory and writes the configuration; starts nothing yet. */
  static BenchRun prepare(BenchCommand options) throws IOException {
    TemporaryDirectory temporary =
        new TemporaryDirectory(options.parent.toAbsolutePath(), "ppmq-bench-");
    BenchRun run = new BenchRun(options, temporary);
    Files.writeString(
        run.directory().resolve("ppmq.yaml"), CONFIG.formatted(run.directory(), options.sync));
    return run;
  }

  Path directory() {
    return temporary.path();
  }

  /** Starts the broker and runs all parts; adds a row to the table for each. */
  void play(BenchTable table) throws Exception {
    broker.start();
    Shape values = shape(VALUE_MESSAGES);
    try (LoadSubscriber subscriber = subscriber()) {
      flow(values, seconds(WARM_UP_SECONDS, 0), subscriber);
      flow("as fast as it goes", values, seconds(PART_SECONDS, 0), subscriber, table);
      String name = Format.grouped(options.messagesPerSecond) + "/s, singly";
      Pace steady = seconds(PART_SECONDS, options.messagesPerSecond);
      flow(name, shape(1), steady, subscriber, table);
    }
    backlog(values, table);
  }

  private void flow(
      String name, Shape shape, Pace pace, LoadSubscriber subscriber, BenchTable table)
      throws Exception {
    ProcessUsage before = usage();
    Flow flow = flow(shape, pace, subscriber);
    table.flow(name, flow.published, flow.received, usage().since(before), payloadBytes(flow));
  }

  private long payloadBytes(Flow flow) {
    return flow.published.messages() * options.payloadBytes;
  }

  private record Flow(Published published, Received received) {}

  private Flow flow(Shape shape, Pace pace, LoadSubscriber subscriber) throws Exception {
    Future<Received> received = subscriberThread.submit(() -> subscriber.receive(1));
    try (LoadProducer producer = new LoadProducer(socket(), shape, 0)) {
      Published published = producer.publish(pace);
      return new Flow(published, await(received));
    }
  }

  private void backlog(Shape shape, BenchTable table) throws Exception {
    try (LoadProducer producer = new LoadProducer(socket(), shape, 0)) {
      ProcessUsage before = usage();
      Pace pace = new Pace(options.backlog, Long.MAX_VALUE, 0, WINDOW_VALUES);
      Published published = producer.publish(pace);
      ProcessUsage usage = usage();
      table.queued(published, usage.since(before), published.messages() * options.payloadBytes);
      try (LoadSubscriber subscriber = subscriber()) {
        Received received = await(subscriberThread.submit(() -> subscriber.receive(1)));
        table.drained(received, usage().since(usage));
      }
    }
  }

  private static Received await(Future<Received> received) throws Exception {
    try {
      return received.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : e;
    } catch (TimeoutException e) {
      throw new Failure(Status.FAILED, "the broker does not deliver everything in time");
    }
  }

  private static Pace seconds(double seconds, double messagesPerSecond) {
    long nanos = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    return new Pace(Long.MAX_VALUE, nanos, messagesPerSecond, WINDOW_VALUES);
  }

  private Shape shape(int valueMessages) {
    return new Shape(List.of(TOPIC), options.payloadBytes, valueMessages, 1, 0);
  }

  private LoadSubscriber subscriber() throws IOException {
    Path own = directory().resolve("bench.socket");
    return new LoadSubscriber(SUBSCRIBER, own, socket(), options.payloadBytes);
  }

  private Path socket() {
    return directory().resolve("ppmq.socket");
  }

  private ProcessUsage usage() throws IOException {
    return ProcessUsage.of(broker.pid());
  }

  @Override
  public void close() throws IOException {
    subscriberThread.shutdownNow();
    broker.close();
    temporary.close();
  }
}
