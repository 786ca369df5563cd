package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.broker.Broker;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Body;
import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages in dead-letter topics: lists, requeues and drops them. */
final class DeadLetters {
  static final int LIST_DEFAULT = 100;
  static final int LIST_MAX = 1000;

  private static final JsonFactory FACTORY = new JsonFactory();

  private final Broker broker;

  DeadLetters(Broker broker) {
    this.broker = broker;
  }

  // ---- listing --------------------------------------------------------------------------------

  /**
   * A line for each dead letter. A page begins after the last letter of the page before: {@code in}
   * is the topic where that letter lies, and {@code after} its id.
   */
  Body list(Query query) throws IOException, BadRequest, RefusedException {
    query.allow("topic", "subscriber", "max", "in", "after");
    LetterWalk walk = new LetterWalk(broker, LetterFilter.of(broker, query));
    String after = query.optional("after");
    if (after != null) {
      walk.skipTo(query.required("in"), Bytes.utf8(after));
    }
    return new LettersBody(walk, query.number("max", LIST_DEFAULT, LIST_MAX));
  }

  // ---- requeueing and dropping ----------------------------------------------------------------

  /**
   * Queues the messages of letters for the subscribers for which they died, and removes the
   * letters. If all letters are requested, those that cannot be requeued stay, and the answer says
   * why.
   */
  String requeue(Query query) throws BadRequest, RefusedException {
    return change(query, true);
  }

  /** Removes letters for good. */
  String drop(Query query) throws BadRequest, RefusedException {
    return change(query, false);
  }

  private String change(Query query, boolean requeue) throws BadRequest, RefusedException {
    query.allow("topic", "subscriber", "id", "all");
    String id = query.optional("id");
    if ((id == null) == (query.optional("all") == null)) {
      throw new BadRequest("name the id of one dead letter, or all=true");
    }
    long end = broker.nextId(); // a requeued message may die again meanwhile, as a new letter
    Outcome outcome = new Outcome(requeue ? "requeued" : "dropped");
    LetterWalk walk = new LetterWalk(broker, LetterFilter.of(broker, query));
    for (List<LetterWalk.Found> found = walk.next(); found != null; found = walk.next()) {
      for (LetterWalk.Found letter : found) {
        KeyedMessage message = letter.message();
        if (id == null ? message.version() < end : message.key().text().equals(id)) {
          outcome.found++;
          if (requeue) {
            requeue(letter.grave(), message, id == null ? outcome : null);
          } else {
            broker.drop(letter.grave(), message.key());
          }
        }
      }
    }
    if (id != null && outcome.found == 0) {
      throw new BadRequest("there is no dead letter with the ID " + id);
    }
    return outcome.json();
  }

  /** The number of letters requeued or dropped, and the reasons why others stay. */
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

  /** Requeues a letter; a refusal is only noted if the letter is one of several. */
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
