package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.message.Delivery;
import io.ppmq.message.Rfc3339;
import io.ppmq.store.Delays;
import io.ppmq.store.Retained;
import io.ppmq.topic.ExportedMessage;
import io.ppmq.topic.LimitStats;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.TopicStats;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes the data that the admin interface shows. Times are RFC 3339, durations seconds. */
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.USE_THREAD_LOCAL_FOR_BUFFER_RECYCLING)
          .build();

  private static final int MILLI = 3;

  private Json() {}

  /** A topic with its subscribers. */
  static void topic(
      JsonGenerator json,
      TopicStats topic,
      Set<Pause> pauses,
      Map<String, String> states,
      boolean configured,
      long nowMillis)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("topic", topic.topic());
    json.writeNumberField("published", topic.published());
    json.writeNumberField("dropped", topic.dropped());
    json.writeNumberField("replaced", topic.replaced());
    json.writeNumberField("clamped", topic.clamped());
    delays(json, topic);
    limits(json, topic.limits());
    json.writeBooleanField("configured", configured);
    json.writeBooleanField("paused", pauses.contains(new Pause(topic.topic(), null)));
    json.writeArrayFieldStart("subscribers");
    for (QueueStats queue : topic.queues()) {
      boolean paused =
          pauses.stream().anyMatch(pause -> pause.covers(topic.topic(), queue.subscriber()));
      // No subscriber can connect for the broker's own queue of dead letters.
      String own = queue.subscriber().equals(TopicSettings.DEAD_LETTERS) ? "kept" : "detached";
      String state = states.getOrDefault(queue.subscriber(), own);
      queue(json, queue, state, paused, nowMillis);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** A subscriber and the state of its connections. */
  static void subscriber(JsonGenerator json, BrokerStats.LinkStats link, Set<Pause> pauses)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("subscriber", link.subscriber());
    json.writeStringField("state", link.state());
    json.writeNumberField("workers", link.workers());
    json.writeBooleanField("paused", pauses.contains(new Pause(null, link.subscriber())));
    json.writeEndObject();
  }

  private static void delays(JsonGenerator json, TopicStats topic) throws IOException {
    Delays delays = topic.delays();
    json.writeNumberField("delayed", delays.messages());
    json.writeNumberField("delayedBytes", delays.bytes());
    if (delays.messages() == 0) {
      json.writeNullField("nextDue");
    } else {
      json.writeStringField("nextDue", Instant.ofEpochMilli(delays.nextMillis()).toString());
    }
    json.writeNumberField("delayedExpired", topic.delayedExpired());
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
    json.writeNumberField("nacked", queue.nacked());
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

  static void seconds(JsonGenerator json, String name, long millis) throws IOException {
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

  /** One line: whether the request changed anything. */
  static String changed(boolean changed) {
    return line(json -> json.writeBooleanField("changed", changed));
  }

  /** One line: the number of purged messages, by subscriber. */
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

  /**
   * A message with its payload as JSON, and its state for each subscriber. A delayed message has
   * the fields to publish it again, and no key yet.
   */
  static void exported(JsonGenerator json, ExportedMessage message) throws IOException {
    Delivery delivery = message.delivery();
    Long momentMillis = message.momentMillis();
    if (momentMillis != null) {
      json.writeStartObject();
      json.writeStringField("state", PeekedMessage.State.DELAYED.toString());
      json.writeStringField(
          "published", Instant.ofEpochMilli(message.publishedAtMillis()).toString());
      json.writeStringField("notBefore", Instant.ofEpochMilli(momentMillis).toString());
      content(json, delivery, onOneLine(delivery.payload().text()));
      json.writeEndObject();
      return;
    }
    ExportedMessage.Queued first = message.queues().get(0);
    json.writeStartObject();
    json.writeStringField("state", first.state().toString());
    json.writeNumberField("attempt", first.attempt());
    json.writeStringField(
        "published", Instant.ofEpochMilli(message.publishedAtMillis()).toString());
    message(json, delivery, onOneLine(delivery.payload().text()));
    json.writeArrayFieldStart("subscribers");
    for (ExportedMessage.Queued queue : message.queues()) {
      json.writeStartObject();
      json.writeStringField("subscriber", queue.subscriber());
      json.writeStringField("state", queue.state().toString());
      json.writeNumberField("attempt", queue.attempt());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** Line ends in JSON stand only between tokens: strings have escapes for them. */
  private static String onOneLine(String json) {
    return json.replace('\n', ' ').replace('\r', ' ');
  }

  private static void message(JsonGenerator json, Delivery delivery, String payload)
      throws IOException {
    json.writeStringField("key", delivery.key().text());
    content(json, delivery, payload);
  }

  private static void content(JsonGenerator json, Delivery delivery, String payload)
      throws IOException {
    json.writeFieldName("payload");
    json.writeRawValue(payload);
    if (delivery.expires() != null) {
      json.writeStringField("expires", Rfc3339.text(delivery.expires()));
    }
    json.writeNumberField("priority", delivery.priority());
  }

  /** One line: the deleted message. */
  static String deleted(String topic, String key) {
    return line(
        json -> {
          json.writeStringField("topic", topic);
          json.writeStringField("deleted", key);
        });
  }

  /** One line: whether all is well, and a sentence about it. */
  static String standing(boolean ok, String sentence) {
    return line(
        json -> {
          json.writeBooleanField("ok", ok);
          json.writeStringField("sentence", sentence);
        });
  }

  /** Writes the fields of an object. */
  interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  /** An object on a line of its own. */
  static String line(Fields fields) {
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
   * A message, with its payload as JSON. If a newer version replaced a message in flight, its
   * payload is no longer stored: it is null, and {@code replaced} says so.
   */
  static void peeked(JsonGenerator json, PeekedMessage message) throws IOException {
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
    if (message.state() == PeekedMessage.State.DELAYED) {
      json.writeStringField("due", Instant.ofEpochMilli(message.dueAtMillis()).toString());
    }
    if (message.reason() != null) {
      json.writeStringField("reason", message.reason());
    }
    message(json, delivery, message.replaced() ? "null" : delivery.payload().text());
    json.writeEndObject();
  }
}
