package io.ppmq.bench;

import io.ppmq.load.Pace;
import io.ppmq.load.ProcessUsage;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * A broker, a process of producers and a process of subscribers, with which parts are played. Each
 * part has a {@link Result}. For one thread.
 */
public final class Session implements AutoCloseable {
  /** More messages than any run waits for. */
  public static final long WITHOUT_END = 1L << 50;

  private static final double[] PERCENTILES = {50, 99, 99.9};

  private final Server server;
  private final WorkerProcess producer;
  private final WorkerProcess subscriber;
  private final int payloadBytes;
  private final int ends;
  private final int copies;
  private final long patienceNanos;

  /**
   * Starts the workers, which are not connected yet.
   *
   * @param told settings for both workers in addition to the server's; {@code payload} is the
   *     length of each payload, {@code ends} the number of messages that end a run for a
   *     subscriber, {@code subscribers} the number of subscribers of each message
   * @param logs the directory for the output of the workers
   * @param patienceSeconds the longest time of a part
   */
  public Session(
      Server server, Class<? extends Driver> driver, Settings told, Path logs, long patienceSeconds)
      throws IOException {
    this.server = server;
    this.payloadBytes = told.number("payload");
    this.ends = told.number("ends");
    this.copies = told.number("subscribers");
    this.patienceNanos = TimeUnit.SECONDS.toNanos(patienceSeconds);
    Settings all = told;
    for (Map.Entry<String, String> one : server.settings().values().entrySet()) {
      all = all.with(one.getKey(), one.getValue());
    }
    this.producer = WorkerProcess.start(driver, "producer", all, logs.resolve("producer.log"));
    this.subscriber =
        WorkerProcess.start(driver, "subscriber", all, logs.resolve("subscriber.log"));
  }

  /** Connects the producers. */
  public void openProducers() throws Exception {
    producer.open(patienceNanos);
  }

  /** Connects the subscribers, or makes them listen. */
  public void openSubscribers() throws Exception {
    subscriber.open(patienceNanos);
  }

  /** Disconnects the subscribers; messages published from now on wait. */
  public void closeSubscribers() throws Exception {
    subscriber.leave(patienceNanos);
  }

  /** Publishes and receives at the same time, until everything is acknowledged. */
  public Result flow(String part, Pace pace) throws Exception {
    Usages before = usages();
    WorkerProcess.Answer receiving = subscriber.receive(ends);
    WorkerProcess.Answer publishing = producer.publish(pace);
    // Asks the subscriber first: a failed producer is no reason to wait for it.
    Published published = publishing.published(patienceNanos);
    Received received = receiving.received(patienceNanos);
    Result result = new Result(part);
    long nanos = Math.max(published.nanos(), received.nanos());
    count(result, published.messages(), nanos, before);
    result.put("published", published.messages());
    result.put("received", received.messages());
    result.put("expected", published.messages() * copies);
    result.put("refused", published.refused());
    result.put("messagesPerBatch", (double) received.messages() / Math.max(1, received.batches()));
    latencies(result, "confirmMillis", published.confirmNanos());
    latencies(result, "deliveryMillis", received.deliveryNanos());
    written(result, published.messages(), before);
    return result;
  }

  /** Publishes while no subscriber is connected. */
  public Result fill(String part, Pace pace) throws Exception {
    Usages before = usages();
    Published published = producer.publish(pace).published(patienceNanos);
    Result result = new Result(part);
    count(result, published.messages(), published.nanos(), before);
    result.put("refused", published.refused());
    latencies(result, "confirmMillis", published.confirmNanos());
    written(result, published.messages(), before);
    return result;
  }

  /** Receives the waiting messages, after {@link #fill}. */
  public Result drain(String part) throws Exception {
    Usages before = usages();
    Received received = subscriber.receive(ends).received(patienceNanos);
    Result result = new Result(part);
    count(result, received.messages() / copies, received.nanos(), before);
    written(result, received.messages() / copies, before);
    return result;
  }

  private void count(Result result, long messages, long nanos, Usages before) throws IOException {
    Usages now = usages();
    result.put("messages", messages);
    result.put("messagesPerSecond", messages * 1e9 / Math.max(1, nanos));
    result.put("brokerCpuMicros", micros(now.server.since(before.server).cpuNanos(), messages));
    result.put(
        "producerCpuMicros", micros(now.producer.since(before.producer).cpuNanos(), messages));
    result.put(
        "subscriberCpuMicros",
        micros(now.subscriber.since(before.subscriber).cpuNanos(), messages));
    result.put("rssBytes", now.server.residentBytes());
    result.put("rssPrivateBytes", now.server.privateBytes());
    result.put("rssFileBytes", now.server.fileBytes());
    Map<String, Long> nodes = new TreeMap<>();
    for (Map.Entry<String, ProcessUsage> node : server.usages().entrySet()) {
      nodes.put(node.getKey(), node.getValue().residentBytes());
    }
    if (!nodes.isEmpty()) {
      result.put("nodesRssBytes", nodes);
      result.put("nodeRssBytesMax", Collections.max(nodes.values()));
    }
    Map<String, Double> threads = new TreeMap<>();
    now.threads.forEach(
        (name, cpuNanos) -> {
          double micros = micros(cpuNanos - before.threads.getOrDefault(name, 0L), messages);
          if (micros >= 0.005) {
            threads.put(name, micros);
          }
        });
    result.put("threadsCpuMicros", threads);
  }

  private static double micros(long nanos, long messages) {
    return nanos / 1e3 / Math.max(1, messages);
  }

  private void written(Result result, long messages, Usages before) throws IOException {
    long writtenBytes = server.usage().since(before.server).writtenBytes();
    result.put("diskBytes", diskBytes(server.data()));
    result.put("writtenBytes", writtenBytes);
    result.put("writeAmplification", (double) writtenBytes / Math.max(1, messages * payloadBytes));
  }

  /** The sum of the sizes of a directory's files; a file that is removed meanwhile counts as 0. */
  private static long diskBytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (UncheckedIOException gone) {
      return 0;
    }
  }

  private static void latencies(Result result, String name, Histogram nanos) {
    Map<String, Double> millis = new LinkedHashMap<>();
    for (double percentile : PERCENTILES) {
      String key = "p" + (percentile % 1 == 0 ? "" + (int) percentile : "" + percentile);
      millis.put(key, nanos.getValueAtPercentile(percentile) / 1e6);
    }
    millis.put("max", nanos.getMaxValue() / 1e6);
    result.put(name, millis);
  }

  private record Usages(
      ProcessUsage server,
      ProcessUsage producer,
      ProcessUsage subscriber,
      Map<String, Long> threads) {}

  private Usages usages() throws IOException {
    return new Usages(
        server.usage(),
        producer.usage(),
        subscriber.usage(),
        ProcessUsage.threadsCpuNanos(server.pid()));
  }

  /** Ends the workers; the broker keeps running. */
  @Override
  public void close() {
    producer.close();
    subscriber.close();
  }
}
