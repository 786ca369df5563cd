package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.broker.Broker;
import io.ppmq.broker.stats.Bound;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.http.Body;
import io.ppmq.topic.TopicStats;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One line of JSON: the broker, its topics with their subscribers, and the state of their
 * connections. It asks the broker for some topics at a time, so that many topics do not hold the
 * broker up.
 */
final class StatsBody implements Body {
  /** The most topics that one question to the broker covers. */
  private static final int TOPICS_MAX = 50;

  private final Broker broker;
  private final BrokerStats outline;
  private final Map<String, String> states = new HashMap<>();
  private final Set<String> configured;
  private final long nowMillis;
  private final JsonPortions out;
  private final Iterator<BrokerStats.LinkStats> subscribers;
  private List<String> topics;
  private boolean listsSubscribers;
  private boolean ended;

  /**
   * Begins.
   *
   * @param more the use of the bounds outside of the broker
   */
  StatsBody(Broker broker, List<Bound> more, long uptimeNanos, long nowMillis) throws IOException {
    this.broker = broker;
    this.nowMillis = nowMillis;
    this.outline = broker.outline();
    this.topics = broker.topics();
    this.configured = broker.settings().topics().keySet();
    this.subscribers = outline.subscribers().iterator();
    outline.subscribers().forEach(link -> states.put(link.subscriber(), link.state()));
    this.out = new JsonPortions();
    JsonGenerator json = out.json();
    json.writeStartObject();
    json.writeStringField("version", Version.current());
    Json.seconds(json, "uptimeSeconds", TimeUnit.NANOSECONDS.toMillis(uptimeNanos));
    if (outline.diskBytes() >= 0) {
      json.writeNumberField("diskBytes", outline.diskBytes());
    } else {
      json.writeNullField("diskBytes");
    }
    json.writeStringField("damage", outline.damage());
    bounds(json, more);
    json.writeArrayFieldStart("topics");
  }

  private void bounds(JsonGenerator json, List<Bound> more) throws IOException {
    json.writeArrayFieldStart("bounds");
    for (List<Bound> bounds : List.of(more, outline.bounds())) {
      for (Bound bound : bounds) {
        json.writeStartObject();
        json.writeStringField("name", bound.name());
        json.writeStringField("meaning", bound.meaning());
        json.writeNumberField("used", bound.used());
        json.writeNumberField("max", bound.max());
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  @Override
  public byte @Nullable [] next() throws IOException {
    try {
      while (!ended && !out.isEnough()) {
        step(out.json());
      }
      return out.take();
    } catch (IllegalStateException e) {
      throw new IOException("the topics are not all shown: " + e.getMessage(), e);
    }
  }

  private void step(JsonGenerator json) throws IOException {
    if (!topics.isEmpty()) {
      int count = Math.min(TOPICS_MAX, topics.size());
      for (TopicStats topic : broker.topicStats(topics.subList(0, count))) {
        boolean known = configured.contains(topic.topic());
        Json.topic(json, topic, outline.pauses(), states, known, nowMillis);
      }
      topics = topics.subList(count, topics.size());
    } else if (!listsSubscribers) {
      listsSubscribers = true;
      json.writeEndArray();
      json.writeArrayFieldStart("subscribers");
    } else if (subscribers.hasNext()) {
      Json.subscriber(json, subscribers.next(), outline.pauses());
    } else {
      ended = true;
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }
}
