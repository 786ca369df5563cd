package io.ppmq.metrics;

import io.ppmq.broker.request.Pause;
import io.ppmq.store.Delays;
import io.ppmq.store.Retained;
import io.ppmq.topic.AgeCounts;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicStats;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The metrics of topics, and of their subscribers. */
final class TopicMetrics {
  private final List<TopicStats> topics;
  private final Set<Pause> pauses;
  private final long nowMillis;

  TopicMetrics(List<TopicStats> topics, Set<Pause> pauses, long nowMillis) {
    this.topics = topics;
    this.pauses = pauses;
    this.nowMillis = nowMillis;
  }

  void addTo(MetricsText text) {
    topics(text);
    retained(text);
    queues(text);
  }

  // ---- by topic -------------------------------------------------------------------------------

  private void topics(MetricsText text) {
    ofTopics(text, "published", "Messages published, by topic.", TopicStats::published);
    ofTopics(
        text, "dropped", "Messages published to a topic without subscribers.", TopicStats::dropped);
    ofTopics(
        text,
        "replaced",
        "Messages that a newer one with the same key replaced.",
        TopicStats::replaced);
    ofTopics(
        text,
        "clamped",
        "Messages with a priority that their topic does not have.",
        TopicStats::clamped);
    ofTopics(
        text,
        "evicted",
        "Messages dropped to make room in a full topic.",
        topic -> topic.limits().evicted());
    ofTopics(
        text,
        "delayed_expired",
        "Messages that expired before they were due.",
        TopicStats::delayedExpired);
    delays(text);
    ages(
        text,
        "ppmq_delivery_seconds",
        "Time from when a message is stored, or due, to the end of its first push to a subscriber.",
        TopicStats::deliveries);
    ages(
        text,
        "ppmq_acknowledgement_seconds",
        "Time from when a message is stored, or due, to its acknowledgement by a subscriber.",
        TopicStats::acknowledgements);
  }

  private void ages(
      MetricsText text, String name, String help, Function<TopicStats, AgeCounts> counts) {
    text.family(
        out -> out.histogram(name, help),
        topics,
        (out, topic) -> out.ages(counts.apply(topic), "topic", topic.topic()));
  }

  private void delays(MetricsText text) {
    text.family(
        out -> out.gauge("ppmq_delayed_messages", "Delayed messages that are not due yet."),
        topics,
        (out, topic) -> out.sample(topic.delays().messages(), "topic", topic.topic()));
    text.family(
        out ->
            out.gauge(
                "ppmq_next_due_seconds",
                "Seconds until the next delayed message is due, or 0 without any."),
        topics,
        (out, topic) -> out.milliseconds(untilDueMillis(topic.delays()), "topic", topic.topic()));
  }

  private long untilDueMillis(Delays delays) {
    return delays.messages() == 0 ? 0 : Math.max(0, delays.nextMillis() - nowMillis);
  }

  private void ofTopics(
      MetricsText text, String what, String help, ToLongFunction<TopicStats> value) {
    text.family(
        out -> out.counter("ppmq_messages_" + what + "_total", help),
        topics,
        (out, topic) -> out.sample(value.applyAsLong(topic), "topic", topic.topic()));
  }

  private void retained(MetricsText text) {
    ofBounded(
        text,
        "ppmq_retained_messages",
        "Messages that count against the topic's MaxMessages.",
        Retained::messages);
    ofBounded(
        text,
        "ppmq_retained_bytes",
        "Bytes that count against the topic's MaxBytes.",
        Retained::bytes);
    max(text, "ppmq_retained_messages_max", "MaxMessages", TopicLimits::messagesMax);
    max(text, "ppmq_retained_bytes_max", "MaxBytes", TopicLimits::bytesMax);
  }

  /** Omits topics without this bound. */
  private void max(MetricsText text, String name, String key, ToLongFunction<TopicLimits> value) {
    text.family(
        out -> out.gauge(name, key + " of the topic."),
        topics,
        (out, topic) -> {
          long max = value.applyAsLong(topic.limits().limits());
          if (max > 0) {
            out.sample(max, "topic", topic.topic());
          }
        });
  }

  private void ofBounded(
      MetricsText text, String name, String help, ToLongFunction<Retained> value) {
    text.family(
        out -> out.gauge(name, help),
        topics,
        (out, topic) -> {
          Retained retained = topic.limits().retained();
          if (retained != null) {
            out.sample(value.applyAsLong(retained), "topic", topic.topic());
          }
        });
  }

  // ---- by topic and subscriber ----------------------------------------------------------------

  private interface Sample {
    void write(Exposition out, TopicStats topic, QueueStats queue, String... labels);
  }

  private void queues(MetricsText text) {
    ofQueues(
        text,
        out ->
            out.gauge(
                "ppmq_backlog_messages", "Messages that wait: never sent, or to be sent again."),
        (out, topic, queue, labels) -> out.sample(queue.backlog(), labels));
    ofQueues(
        text,
        out -> out.gauge("ppmq_in_flight_messages", "Messages that are sent and not acknowledged."),
        (out, topic, queue, labels) -> out.sample(queue.inFlight(), labels));
    ofQueues(
        text,
        out ->
            out.gauge("ppmq_nacked_messages", "Messages that are nacked and not sent again yet."),
        (out, topic, queue, labels) -> out.sample(queue.nacked(), labels));
    text.whole(
        out ->
            out.gauge(
                    "ppmq_nacked_messages_max",
                    "The number of nacked messages at which a subscriber gets no new ones.")
                .sample(TopicLimits.NACKED_MAX));
    ofQueues(
        text,
        out ->
            out.gauge(
                "ppmq_backlog_disk_bytes",
                "Approximate bytes of the waiting messages on the disk."),
        (out, topic, queue, labels) -> out.sample(queue.diskBytes(), labels));
    ofQueues(
        text,
        out ->
            out.gauge(
                "ppmq_oldest_message_age_seconds", "Age of the oldest message that waits, or 0."),
        (out, topic, queue, labels) -> out.milliseconds(ageMillis(queue), labels));
    counts(text);
    ofQueues(
        text,
        out -> out.gauge("ppmq_paused", "Whether a pause holds messages back: 1 or 0."),
        (out, topic, queue, labels) -> out.sample(isPaused(topic, queue) ? 1 : 0, labels));
  }

  private void counts(MetricsText text) {
    count(text, "delivered", "Messages pushed, each push counted.", QueueStats::delivered);
    count(text, "acknowledged", "Messages acknowledged.", QueueStats::acknowledged);
    count(
        text, "redelivered", "Messages pushed again, each push counted.", QueueStats::redelivered);
    count(text, "expired", "Messages that expired unacknowledged.", QueueStats::expired);
    count(
        text,
        "dead",
        "Messages that the subscriber did not acknowledge within MaxDeliveries, or nacked with never.",
        QueueStats::died);
  }

  private void count(MetricsText text, String what, String help, ToLongFunction<QueueStats> value) {
    ofQueues(
        text,
        out -> out.counter("ppmq_messages_" + what + "_total", help),
        (out, topic, queue, labels) -> out.sample(value.applyAsLong(queue), labels));
  }

  private void ofQueues(MetricsText text, Consumer<Exposition> begin, Sample sample) {
    text.family(
        begin,
        topics,
        (out, topic) ->
            topic
                .queues()
                .forEach(
                    queue ->
                        sample.write(
                            out,
                            topic,
                            queue,
                            "topic",
                            topic.topic(),
                            "subscriber",
                            queue.subscriber())));
  }

  private boolean isPaused(TopicStats topic, QueueStats queue) {
    return pauses.stream().anyMatch(pause -> pause.covers(topic.topic(), queue.subscriber()));
  }

  private long ageMillis(QueueStats queue) {
    return queue.oldestMillis() == 0 ? 0 : Math.max(0, nowMillis - queue.oldestMillis());
  }
}
