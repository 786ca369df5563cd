package io.ppmq.metrics;

import io.ppmq.broker.Broker;
import io.ppmq.broker.BrokerStats;
import io.ppmq.broker.Clock;
import io.ppmq.broker.Refusals;
import io.ppmq.store.Retained;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicStats;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of a broker. Looked up when they are asked for: nothing is kept between. Counters
 * count from the start of the broker. Any thread may ask.
 */
public final class Metrics {
  /** The content type of {@link #text}. */
  public static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Broker broker;
  private final Clock clock;
  private final String version;
  private final @Nullable Path data;

  /**
   * Metrics of a broker.
   *
   * @param clock the broker's, by which the age of messages is told
   * @param version of the program
   * @param data the directory whose file system keeps the messages; null when none does
   */
  public Metrics(Broker broker, Clock clock, String version, @Nullable Path data) {
    this.broker = broker;
    this.clock = clock;
    this.version = version;
    this.data = data;
  }

  /**
   * All of them, in the text format of Prometheus. Blocks until the writer has looked.
   *
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public String text() {
    BrokerStats stats = broker.stats();
    Exposition out = new Exposition();
    out.gauge("ppmq_build_info", "Which ppMQ this is; always 1.").sample(1, "version", version);
    topics(out, stats);
    retained(out, stats);
    queues(out, stats);
    subscribers(out, stats);
    refusals(out);
    out.histogram(
        "ppmq_commit_duration_seconds", "How long commits took to write.", broker.commits());
    out.histogram("ppmq_sync_duration_seconds", "How long syncs to the disk took.", broker.syncs());
    out.gauge("ppmq_store_bytes", "What the store occupies on the disk.").sample(stats.diskBytes());
    if (data != null) {
      out.gauge("ppmq_disk_free_bytes", "What can be written to the file system of DataPath.")
          .sample(data.toFile().getUsableSpace());
    }
    ProcessMetrics.write(out);
    return out.toString();
  }

  // ---- by topic -------------------------------------------------------------------------------

  private static void topics(Exposition out, BrokerStats stats) {
    ofTopics(
        out,
        stats,
        "ppmq_messages_published_total",
        "Messages published, by topic.",
        TopicStats::published);
    ofTopics(
        out,
        stats,
        "ppmq_messages_dropped_total",
        "Messages published to a topic without subscribers.",
        TopicStats::dropped);
    ofTopics(
        out,
        stats,
        "ppmq_messages_replaced_total",
        "Messages that a newer one with their key replaced.",
        TopicStats::replaced);
    ofTopics(
        out,
        stats,
        "ppmq_messages_clamped_total",
        "Messages with a priority that their topic does not have.",
        TopicStats::clamped);
    ofTopics(
        out,
        stats,
        "ppmq_messages_evicted_total",
        "Messages dropped to make room in a full topic.",
        topic -> topic.limits().evicted());
  }

  private static void ofTopics(
      Exposition out,
      BrokerStats stats,
      String name,
      String help,
      ToLongFunction<TopicStats> value) {
    out.counter(name, help);
    stats.topics().forEach(topic -> out.sample(value.applyAsLong(topic), "topic", topic.topic()));
  }

  private static void retained(Exposition out, BrokerStats stats) {
    out.gauge("ppmq_retained_messages", "Messages that count against the topic's MaxMessages.");
    for (TopicStats topic : stats.topics()) {
      Retained retained = topic.limits().retained();
      if (retained != null) {
        out.sample(retained.messages(), "topic", topic.topic());
      }
    }
    out.gauge("ppmq_retained_bytes", "Bytes that count against the topic's MaxBytes.");
    for (TopicStats topic : stats.topics()) {
      Retained retained = topic.limits().retained();
      if (retained != null) {
        out.sample(retained.bytes(), "topic", topic.topic());
      }
    }
  }

  // ---- by topic and subscriber ----------------------------------------------------------------

  private interface QueueSample {
    void write(TopicStats topic, QueueStats queue, String... labels);
  }

  private void queues(Exposition out, BrokerStats stats) {
    out.gauge("ppmq_backlog_messages", "Messages that wait: never sent, or to be sent again.");
    each(stats, (topic, queue, labels) -> out.sample(queue.backlog(), labels));
    out.gauge("ppmq_in_flight_messages", "Messages that are out and not acknowledged.");
    each(stats, (topic, queue, labels) -> out.sample(queue.inFlight(), labels));
    out.gauge("ppmq_backlog_disk_bytes", "About how many bytes of the disk take those that wait.");
    each(stats, (topic, queue, labels) -> out.sample(queue.diskBytes(), labels));
    out.gauge("ppmq_oldest_message_age_seconds", "Age of the oldest message that waits, or 0.");
    long nowMillis = clock.wallMillis();
    each(stats, (topic, queue, labels) -> out.milliseconds(ageMillis(queue, nowMillis), labels));
    out.counter("ppmq_messages_delivered_total", "Messages pushed, each push counted.");
    each(stats, (topic, queue, labels) -> out.sample(queue.delivered(), labels));
    out.counter("ppmq_messages_acknowledged_total", "Messages acknowledged.");
    each(stats, (topic, queue, labels) -> out.sample(queue.acknowledged(), labels));
    out.counter("ppmq_messages_redelivered_total", "Messages pushed again, each push counted.");
    each(stats, (topic, queue, labels) -> out.sample(queue.redelivered(), labels));
    out.counter("ppmq_messages_expired_total", "Messages that expired unacknowledged.");
    each(stats, (topic, queue, labels) -> out.sample(queue.expired(), labels));
    out.counter(
        "ppmq_messages_dead_total",
        "Messages that the subscriber did not acknowledge within MaxDeliveries.");
    each(stats, (topic, queue, labels) -> out.sample(queue.died(), labels));
    out.gauge("ppmq_paused", "Whether a pause keeps messages back: 1 or 0.");
    each(
        stats,
        (topic, queue, labels) ->
            out.sample(stats.isPaused(topic.topic(), queue.subscriber()) ? 1 : 0, labels));
  }

  private static void each(BrokerStats stats, QueueSample sample) {
    for (TopicStats topic : stats.topics()) {
      for (QueueStats queue : topic.queues()) {
        sample.write(topic, queue, "topic", topic.topic(), "subscriber", queue.subscriber());
      }
    }
  }

  private static long ageMillis(QueueStats queue, long nowMillis) {
    return queue.oldestMillis() == 0 ? 0 : Math.max(0, nowMillis - queue.oldestMillis());
  }

  // ---- others ---------------------------------------------------------------------------------

  private static void subscribers(Exposition out, BrokerStats stats) {
    out.gauge("ppmq_subscriber_connected", "Whether there is a connection: 1 or 0.");
    for (BrokerStats.LinkStats link : stats.subscribers()) {
      out.sample(link.state().equals("connected") ? 1 : 0, "subscriber", link.subscriber());
    }
    out.gauge(
        "ppmq_subscriber_unreachable", "Whether messages wait that cannot be pushed: 1 or 0.");
    for (BrokerStats.LinkStats link : stats.subscribers()) {
      out.sample(link.state().equals("unreachable") ? 1 : 0, "subscriber", link.subscriber());
    }
  }

  private void refusals(Exposition out) {
    out.counter(
        "ppmq_messages_refused_total",
        "Messages refused, by reason; a value whose messages are not known counts as one.");
    for (Refusals.Reason reason : Refusals.Reason.values()) {
      out.sample(broker.refusals().count(reason), "reason", reason.word());
    }
  }
}
