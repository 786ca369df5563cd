package io.ppmq.metrics;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.stats.Bound;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.broker.stats.BrokerStats.LinkStats;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.topic.TopicStats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of a broker. Each call looks up the current values; nothing is kept in between.
 * Counters count from the start of the broker. Any thread.
 */
public final class Metrics {
  /** The most topics that one question to the broker covers. */
  private static final int TOPICS_MAX = 50;

  private final Supplier<@Nullable Broker> brokers;
  private final @Nullable Supplier<ClusterStatus> cluster;
  private final Supplier<List<Bound>> bounds;
  private final Clock clock;
  private final String version;
  private final @Nullable Path data;

  /**
   * Metrics of this program.
   *
   * @param brokers supplies the broker; null while it is on another machine
   * @param cluster the state of the cluster, as this machine sees it; null if there is none
   * @param bounds the use of the bounds outside of the broker, at the time of the call
   * @param clock the broker's clock, which the ages of messages are computed from
   * @param version the version of the program
   * @param data the directory whose file system keeps the messages; null if they are in memory
   */
  public Metrics(
      Supplier<@Nullable Broker> brokers,
      @Nullable Supplier<ClusterStatus> cluster,
      Supplier<List<Bound>> bounds,
      Clock clock,
      String version,
      @Nullable Path data) {
    this.brokers = brokers;
    this.cluster = cluster;
    this.bounds = bounds;
    this.clock = clock;
    this.version = version;
    this.data = data;
  }

  /**
   * All metrics. Blocks until the writer has answered.
   *
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public MetricsText text(Format format) {
    return text(format, "process_");
  }

  /**
   * The same, for a collector that reads the metrics of other programs in the same place.
   *
   * @param processPrefix the prefix of the names of metrics about the process
   */
  MetricsText text(Format format, String processPrefix) {
    Broker broker = brokers.get();
    MetricsText text = new MetricsText(format);
    text.whole(
        out ->
            out.gauge("ppmq_build_info", "The version of ppMQ; always 1.")
                .sample(1, "version", version));
    if (broker != null) {
      addBroker(broker, text);
    }
    if (cluster != null) {
      text.whole(out -> ClusterMetrics.write(out, cluster.get()));
    }
    text.whole(
        out -> {
          ProcessMetrics.write(out, processPrefix);
          out.end();
        });
    return text;
  }

  /** The number of topics; costs nothing. */
  public int topicCount() {
    Broker broker = brokers.get();
    return broker == null ? 0 : broker.settings().topics().size();
  }

  private void addBroker(Broker broker, MetricsText text) {
    BrokerStats outline = broker.outline();
    List<TopicStats> topics = topics(broker);
    boolean ready = broker.whyNotReady() == null;
    new TopicMetrics(topics, outline.pauses(), clock.wallMillis()).addTo(text);
    subscribers(text, outline.subscribers());
    text.whole(
        out -> {
          out.gauge("ppmq_ready", "Whether messages are accepted: 1 or 0.").sample(ready ? 1 : 0);
          out.gauge("ppmq_store_damaged", "Whether damage was found since the start: 1 or 0.")
              .sample(outline.damage() == null ? 0 : 1);
          refusals(broker, out);
          outline.bounds().forEach(bound -> bound(out, bound));
          bounds.get().forEach(bound -> bound(out, bound));
          disk(broker, out, outline);
        });
  }

  /** Asks for some topics at a time, so that the broker is not held up. */
  private static List<TopicStats> topics(Broker broker) {
    List<String> names = broker.topics();
    List<TopicStats> topics = new ArrayList<>(names.size());
    for (int from = 0; from < names.size(); from += TOPICS_MAX) {
      int to = Math.min(names.size(), from + TOPICS_MAX);
      topics.addAll(broker.topicStats(names.subList(from, to)));
    }
    return topics;
  }

  private static void subscribers(MetricsText text, List<LinkStats> links) {
    text.family(
        out -> out.gauge("ppmq_subscriber_connected", "Whether there is a connection: 1 or 0."),
        links,
        (out, link) -> is("connected", link, out));
    text.family(
        out ->
            out.gauge(
                "ppmq_subscriber_unreachable",
                "Whether there are waiting messages that cannot be pushed: 1 or 0."),
        links,
        (out, link) -> is("unreachable", link, out));
    text.family(
        out ->
            out.gauge(
                "ppmq_subscriber_workers",
                "Connections to the broker's socket that have subscribed as it."),
        links,
        (out, link) -> out.sample(link.workers(), "subscriber", link.subscriber()));
  }

  private static void is(String state, LinkStats link, Exposition out) {
    out.sample(link.state().equals(state) ? 1 : 0, "subscriber", link.subscriber());
  }

  private static void refusals(Broker broker, Exposition out) {
    out.counter(
        "ppmq_messages_refused_total",
        "Messages refused, by reason; a value whose messages are not known counts as one.");
    for (Refusals.Reason reason : Refusals.Reason.values()) {
      out.sample(broker.refusals().count(reason), "reason", reason.word());
    }
  }

  private static void bound(Exposition out, Bound bound) {
    String name = "ppmq_" + bound.name();
    out.gauge(name, bound.meaning()).sample(bound.used());
    out.gauge(name + "_max", "The upper bound of " + name + ".").sample(bound.max());
  }

  private void disk(Broker broker, Exposition out, BrokerStats outline) {
    long storeBytes = outline.diskBytes();
    out.histogram("ppmq_commit_duration_seconds", "Durations of commits.")
        .durations(broker.commits());
    out.histogram("ppmq_sync_duration_seconds", "Durations of syncs to the disk.")
        .durations(broker.syncs());
    if (storeBytes >= 0) {
      out.gauge("ppmq_store_bytes", "Bytes of the store on the disk.").sample(storeBytes);
    }
    if (data != null && Files.exists(data)) {
      out.gauge("ppmq_disk_free_bytes", "Bytes that can be written to the file system of DataPath.")
          .sample(data.toFile().getUsableSpace());
      out.gauge("ppmq_disk_free_bytes_min", "MinFreeDisk: with less free, publishes are refused.")
          .sample(outline.minFreeBytes());
    }
  }
}
