package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.broker.Broker;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.http.BadRequest;
import io.ppmq.store.KeyedMessage;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requeues or drops dead letters, in portions if all are requested, so that the client sees the
 * progress.
 */
final class LetterChange implements Portioned {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Broker broker;
  private final boolean requeue;
  private final @Nullable String id;
  private final LetterWalk walk;
  private final Outcome outcome;

  /** A requeued message may die again meanwhile: as a new letter, from this id on. */
  private final long end;

  LetterChange(Broker broker, Query query, boolean requeue) throws BadRequest, RefusedException {
    query.allow("topic", "subscriber", "id", "all");
    this.broker = broker;
    this.requeue = requeue;
    this.id = query.optional("id");
    if ((id == null) == (query.optional("all") == null)) {
      throw new BadRequest("name the id of one dead letter, or all=true");
    }
    this.end = broker.nextId();
    this.outcome = new Outcome(requeue ? "requeued" : "dropped");
    this.walk = new LetterWalk(broker, LetterFilter.of(broker, query));
  }

  @Override
  public @Nullable String portion() throws BadRequest, RefusedException {
    return id == null ? portionOfAll() : one(id);
  }

  private @Nullable String portionOfAll() throws RefusedException {
    List<LetterWalk.Found> found = walk.next();
    if (found == null) {
      return outcome.json();
    }
    for (LetterWalk.Found letter : found) {
      if (letter.message().version() < end) {
        change(letter, outcome);
      }
    }
    return null;
  }

  private String one(String named) throws BadRequest, RefusedException {
    for (List<LetterWalk.Found> found = walk.next(); found != null; found = walk.next()) {
      for (LetterWalk.Found letter : found) {
        if (letter.message().key().text().equals(named)) {
          change(letter, null);
        }
      }
    }
    if (outcome.found == 0) {
      throw new BadRequest("there is no dead letter with the ID " + named);
    }
    return outcome.json();
  }

  /** Changes a letter; a refusal is only noted if the letter is one of several. */
  private void change(LetterWalk.Found letter, @Nullable Outcome among) throws RefusedException {
    outcome.found++;
    KeyedMessage message = letter.message();
    if (!requeue) {
      broker.drop(letter.grave(), message.key());
      return;
    }
    try {
      broker.requeue(letter.grave(), message.key());
    } catch (RefusedException e) {
      if (among == null) {
        throw e;
      }
      among.refused(message, e.sentence());
    }
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
}
