package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.ppmq.broker.BrokerStats;
import io.ppmq.broker.Pause;
import io.ppmq.message.Delivery;
import io.ppmq.message.Rfc3339;
import io.ppmq.store.Retained;
import io.ppmq.topic.LimitStats;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.TopicStats;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Writes what the admin interface shows. Times are RFC 3339, durations seconds. */
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.USE_THREAD_LOCAL_FOR_BUFFER_RECYCLING)
          .build();

  private static final int MILLI = 3;

  private Json() {}

  /** One line: the broker, its topics with their subscribers, and whether those are reached. */
  static void stats(
      OutputStream out, BrokerStats stats, Set<String> configured, long uptimeNanos, long nowMillis)
      throws IOException {
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("version", Version.current());
      seconds(json, "uptimeSeconds", TimeUnit.NANOSECONDS.toMillis(uptimeNanos));
      json.writeNumberField("diskBytes", stats.diskBytes());
      json.writeArrayFieldStart("topics");
      for (TopicStats topic : stats.topics()) {
        topic(json, topic, stats, configured.contains(topic.topic()), nowMillis);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("subscribers");
      for (BrokerStats.LinkStats link : stats.subscribers()) {
        json.writeStartObject();
        json.writeStringField("subscriber", link.subscriber());
        json.writeStringField("state", link.state());
        json.writeBooleanField(
            "paused", stats.pauses().contains(new Pause(null, link.subscriber())));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void topic(
      JsonGenerator json, TopicStats topic, BrokerStats stats, boolean configured, long nowMillis)
      throws IOException {
    Map<String, String> states =
        stats.subscribers().stream()
            .collect(toMap(BrokerStats.LinkStats::subscriber, BrokerStats.LinkStats::state));
    json.writeStartObject();
    json.writeStringField("topic", topic.topic());
    json.writeNumberField("published", topic.published());
    json.writeNumberField("dropped", topic.dropped());
    json.writeNumberField("replaced", topic.replaced());
    json.writeNumberField("clamped", topic.clamped());
    limits(json, topic.limits());
    json.writeBooleanField("configured", configured);
    json.writeBooleanField("paused", stats.pauses().contains(new Pause(topic.topic(), null)));
    json.writeArrayFieldStart("subscribers");
    for (QueueStats queue : topic.queues()) {
      boolean paused = stats.isPaused(topic.topic(), queue.subscriber());
      // The broker's own queue for dead letters is nobody's to connect to.
      String own = queue.subscriber().equals(TopicSettings.DEAD_LETTERS) ? "kept" : "detached";
      String state = states.getOrDefault(queue.subscriber(), own);
      queue(json, queue, state, paused, nowMillis);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void limits(JsonGenerator json, LimitStats stats) throws IOException {
    TopicLimits limits = stats.limits();
    Retained retained = stats.retained();
    if (retained != null) {
      json.writeNumberField("retained", retained.messages());
      json.writeNumberField("retainedBytes", retained.bytes());
      json.writeNumberField("maxMessages", limits.messagesMax());
      json.writeNumberField("maxBytes", limits.bytesMax());
    }
    json.writeNumberField("rejected", stats.rejected());
    json.writeNumberField("evicted", stats.evicted());
    json.writeNumberField("died", stats.died());
    if (limits.deadLetter() != null) {
      json.writeStringField("deadLetter", limits.deadLetter());
    }
  }

  private static void queue(
      JsonGenerator json, QueueStats queue, String state, boolean paused, long nowMillis)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("subscriber", queue.subscriber());
    json.writeBooleanField("attached", queue.attached());
    json.writeStringField("state", queue.attached() ? state : "detached");
    json.writeNumberField("backlog", queue.backlog());
    json.writeNumberField("inFlight", queue.inFlight());
    json.writeNumberField("diskBytes", queue.diskBytes());
    if (queue.oldestMillis() == 0) {
      json.writeNullField("oldestAgeSeconds");
    } else {
      seconds(json, "oldestAgeSeconds", Math.max(0, nowMillis - queue.oldestMillis()));
    }
    json.writeNumberField("delivered", queue.delivered());
    json.writeNumberField("acknowledged", queue.acknowledged());
    json.writeNumberField("redelivered", queue.redelivered());
    json.writeNumberField("expired", queue.expired());
    json.writeNumberField("died", queue.died());
    json.writeBooleanField("paused", paused);
    json.writeEndObject();
  }

  private static void seconds(JsonGenerator json, String name, long millis) throws IOException {
    json.writeNumberField(name, BigDecimal.valueOf(millis, MILLI));
  }

  /** One line: a sentence for each change. */
  static String reloaded(List<String> sentences) {
    return line(
        json -> {
          json.writeArrayFieldStart("changes");
          for (String sentence : sentences) {
            json.writeString(sentence);
          }
          json.writeEndArray();
        });
  }

  /** One line: whether anything is different now. */
  static String changed(boolean changed) {
    return line(json -> json.writeBooleanField("changed", changed));
  }

  /** One line: how many messages are gone, by subscriber. */
  static String purged(String topic, Map<String, Long> purged) {
    return line(
        json -> {
          json.writeStringField("topic", topic);
          json.writeArrayFieldStart("purged");
          for (Map.Entry<String, Long> queue : purged.entrySet()) {
            json.writeStartObject();
            json.writeStringField("subscriber", queue.getKey());
            json.writeNumberField("messages", queue.getValue());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private static String line(Fields fields) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException("a string that cannot be written to", e);
    }
    return out.toString();
  }

  /**
   * An array, a line for each message; the payload is the JSON that it is. Of a version that is out
   * and was replaced nobody knows it any more: then it is null, and {@code replaced} says so.
   */
  static void peeked(OutputStream out, List<PeekedMessage> messages) throws IOException {
    out.write("[\n".getBytes(US_ASCII));
    JsonGenerator json = FACTORY.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.setRootValueSeparator(new SerializedString(",\n"));
    try (json) {
      for (PeekedMessage message : messages) {
        peeked(json, message);
      }
    }
    out.write((messages.isEmpty() ? "]\n" : "\n]\n").getBytes(US_ASCII));
  }

  private static void peeked(JsonGenerator json, PeekedMessage message) throws IOException {
    Delivery delivery = message.delivery();
    json.writeStartObject();
    json.writeStringField("state", message.state().toString());
    json.writeNumberField("attempt", delivery.attempt());
    if (message.replaced()) {
      json.writeBooleanField("replaced", true);
    } else {
      Instant published = Instant.ofEpochMilli(message.publishedAtMillis());
      json.writeStringField("published", published.toString());
    }
    json.writeStringField("key", delivery.key().text());
    json.writeFieldName("payload");
    json.writeRawValue(message.replaced() ? "null" : delivery.payload().text());
    if (delivery.expires() != null) {
      json.writeStringField("expires", Rfc3339.text(delivery.expires()));
    }
    json.writeNumberField("priority", delivery.priority());
    json.writeEndObject();
  }
}
