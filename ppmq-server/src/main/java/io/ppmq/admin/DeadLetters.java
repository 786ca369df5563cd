package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.ppmq.broker.Broker;
import io.ppmq.broker.RefusedException;
import io.ppmq.http.BadRequest;
import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.topic.TopicSettings;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What waits in dead-letter topics: lists it, requeues it, drops it. */
final class DeadLetters {
  static final int LIST_DEFAULT = 100;
  static final int LIST_MAX = 1000;

  private static final int LOOK_MAX = 50;
  private static final long LIST_BYTES_MAX = 16 << 20;
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Broker broker;

  DeadLetters(Broker broker) {
    this.broker = broker;
  }

  // ---- listing --------------------------------------------------------------------------------

  /** A line for each dead letter: where it is, the key it has there, and the letter itself. */
  String list(Query query) throws IOException, BadRequest, RefusedException {
    query.allow("topic", "max");
    int max = query.number("max", LIST_DEFAULT, LIST_MAX);
    StringWriter out = new StringWriter();
    JsonGenerator json = FACTORY.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.setRootValueSeparator(new SerializedString("\n"));
    long bytes = 0;
    try (json) {
      for (String topic : topics(query)) {
        for (KeyedMessage letter : find(topic, max)) {
          bytes += letter.payload().length();
          if (max-- > 0 && bytes <= LIST_BYTES_MAX) {
            json.writeStartObject();
            json.writeStringField("deadLetter", topic);
            json.writeStringField("id", letter.key().text());
            json.writeFieldName("letter");
            json.writeRawValue(onOneLine(letter.payload().text()));
            json.writeEndObject();
          }
        }
      }
    }
    return out.append('\n').toString();
  }

  /** JSON has line ends between its tokens only: within a string they are written as escapes. */
  private static String onOneLine(String json) {
    return json.replace('\n', ' ').replace('\r', ' ');
  }

  /** The topic that is asked for, or all that others name for their dead letters. */
  private List<String> topics(Query query) throws BadRequest {
    String topic = query.optional("topic");
    if (topic != null) {
      TopicSettings settings = broker.settings().topics().get(topic);
      if (settings == null || !settings.limits().keepsDeadLetters()) {
        throw new BadRequest("no topic names that one as its DeadLetter");
      }
      return List.of(topic);
    }
    List<String> topics = new ArrayList<>();
    for (TopicSettings settings : broker.settings().topics().values()) {
      if (settings.limits().keepsDeadLetters()) {
        topics.add(settings.name());
      }
    }
    return topics;
  }

  private List<KeyedMessage> find(String topic, int max) throws RefusedException {
    List<KeyedMessage> found = new ArrayList<>();
    Bytes after = null;
    List<KeyedMessage> kept = broker.kept(topic, null, LOOK_MAX);
    while (!kept.isEmpty() && found.size() < max) {
      for (KeyedMessage message : kept) {
        after = message.key();
        if (message.isDeadLetter() && found.size() < max) {
          found.add(message);
        }
      }
      kept = broker.kept(topic, after, LOOK_MAX);
    }
    return found;
  }

  // ---- requeueing and dropping ----------------------------------------------------------------

  /**
   * Queues letters' messages for the subscribers for which they died, and takes the letters out.
   * Where all are asked for, those that cannot be requeued stay, and the answer says why.
   */
  String requeue(Query query) throws BadRequest, RefusedException {
    return change(query, true);
  }

  /** Takes letters out for good. */
  String drop(Query query) throws BadRequest, RefusedException {
    return change(query, false);
  }

  private String change(Query query, boolean requeue) throws BadRequest, RefusedException {
    query.allow("topic", "id", "all");
    String id = query.optional("id");
    if ((id == null) == (query.optional("all") == null)) {
      throw new BadRequest("name the id of one dead letter, or all=true");
    }
    Outcome outcome = new Outcome(requeue ? "requeued" : "dropped");
    for (String topic : topics(query)) {
      Bytes after = null;
      List<KeyedMessage> kept = broker.kept(topic, null, LOOK_MAX);
      while (!kept.isEmpty()) {
        for (KeyedMessage message : kept) {
          after = message.key();
          String name = message.key().text();
          if (message.isDeadLetter() && (id == null || name.equals(id))) {
            outcome.found++;
            if (requeue) {
              requeue(topic, message, id == null ? outcome : null);
            } else {
              broker.drop(topic, message.key());
            }
          }
        }
        kept = broker.kept(topic, after, LOOK_MAX);
      }
    }
    if (id != null && outcome.found == 0) {
      throw new BadRequest("there is no dead letter with this id");
    }
    return outcome.json();
  }

  /** How many letters were dealt with, and why others stay. */
  private static final class Outcome {
    private static final int REASONS_MAX = 1000;

    private final String done;
    private final Map<String, String> reasons = new LinkedHashMap<>();
    private int found;
    private int refused;

    Outcome(String done) {
      this.done = done;
    }

    void refused(KeyedMessage letter, String reason) {
      refused++;
      if (reasons.size() < REASONS_MAX) {
        reasons.put(letter.key().text(), reason);
      }
    }

    String json() {
      StringWriter text = new StringWriter();
      try (JsonGenerator json = FACTORY.createGenerator(text)) {
        json.writeStartObject();
        json.writeNumberField(done, found - refused);
        if (refused > 0) {
          json.writeNumberField("refused", refused);
          json.writeArrayFieldStart("reasons");
          for (Map.Entry<String, String> reason : reasons.entrySet()) {
            json.writeStartObject();
            json.writeStringField("id", reason.getKey());
            json.writeStringField("reason", reason.getValue());
            json.writeEndObject();
          }
          json.writeEndArray();
        }
        json.writeEndObject();
      } catch (IOException e) {
        throw new UncheckedIOException(e); // never: it is written to memory
      }
      return text + "\n";
    }
  }

  /** Queues one; where others are tried as well, it is only noted when it cannot be. */
  private void requeue(String topic, KeyedMessage letter, @Nullable Outcome among)
      throws RefusedException {
    try {
      broker.requeue(topic, letter.key());
    } catch (RefusedException e) {
      if (among == null) {
        throw e;
      }
      among.refused(letter, e.sentence());
    }
  }
}
