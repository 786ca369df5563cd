package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.broker.Broker;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.http.Body;
import java.io.IOException;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** One line of JSON: the names of all topics and subscribers. */
final class NamesBody implements Body {
  private final Iterator<String> topics;
  private final Iterator<String> subscribers;
  private final JsonPortions out = new JsonPortions();
  private boolean listsSubscribers;
  private boolean ended;

  NamesBody(Broker broker) throws IOException {
    this.topics = broker.topics().iterator();
    this.subscribers =
        broker.outline().subscribers().stream().map(BrokerStats.LinkStats::subscriber).iterator();
    out.json().writeStartObject();
    out.json().writeArrayFieldStart("topics");
  }

  @Override
  public byte @Nullable [] next() throws IOException {
    while (!ended && !out.isEnough()) {
      step(out.json());
    }
    return out.take();
  }

  private void step(JsonGenerator json) throws IOException {
    if (topics.hasNext()) {
      json.writeString(topics.next());
    } else if (!listsSubscribers) {
      listsSubscribers = true;
      json.writeEndArray();
      json.writeArrayFieldStart("subscribers");
    } else if (subscribers.hasNext()) {
      json.writeString(subscribers.next());
    } else {
      ended = true;
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }
}
