package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.ppmq.broker.Answer;
import io.ppmq.broker.Broker;
import io.ppmq.broker.Command;
import io.ppmq.broker.ErrorCode;
import io.ppmq.broker.RefusedException;
import io.ppmq.broker.Source;
import io.ppmq.broker.Submission;
import io.ppmq.http.BadRequest;
import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.topic.TopicSettings;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What waits in dead-letter topics: lists it, requeues it, drops it. */
final class DeadLetters {
  static final int LIST_DEFAULT = 100;
  static final int LIST_MAX = 1000;

  private static final int LOOK_MAX = 50;
  private static final long LIST_BYTES_MAX = 16 << 20;
  private static final long ANSWER_SECONDS = 10;
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
        for (Found found : find(topic, max)) {
          bytes += found.kept.payload().length();
          if (max-- > 0 && bytes <= LIST_BYTES_MAX) {
            json.writeStartObject();
            json.writeStringField("deadLetter", topic);
            json.writeStringField("id", found.kept.key().text());
            json.writeFieldName("letter");
            json.writeRawValue(onOneLine(found.kept.payload().text()));
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

  /** A dead letter and what it says. */
  private record Found(KeyedMessage kept, Letter letter) {}

  private List<Found> find(String topic, int max) throws RefusedException {
    List<Found> found = new ArrayList<>();
    Bytes after = null;
    List<KeyedMessage> kept = broker.kept(topic, null, LOOK_MAX);
    while (!kept.isEmpty() && found.size() < max) {
      for (KeyedMessage message : kept) {
        after = message.key();
        Letter letter = Letter.read(message.payload());
        if (letter != null && found.size() < max) {
          found.add(new Found(message, letter));
        }
      }
      kept = broker.kept(topic, after, LOOK_MAX);
    }
    return found;
  }

  // ---- requeueing and dropping ----------------------------------------------------------------

  /** Publishes letters' messages to the topics they come from, and takes the letters out. */
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
    int count = 0;
    for (String topic : topics(query)) {
      Bytes after = null;
      List<KeyedMessage> kept = broker.kept(topic, null, LOOK_MAX);
      while (!kept.isEmpty()) {
        for (KeyedMessage message : kept) {
          after = message.key();
          Letter letter = Letter.read(message.payload());
          if (letter != null && (id == null || message.key().text().equals(id))) {
            change(topic, message, requeue ? letter : null, count);
            count++;
          }
        }
        kept = broker.kept(topic, after, LOOK_MAX);
      }
    }
    if (id != null && count == 0) {
      throw new BadRequest("there is no dead letter with this id");
    }
    return "{\"" + (requeue ? "requeued" : "dropped") + "\":" + count + "}\n";
  }

  /** The message is published and the letter taken out in one commit, or neither. */
  private void change(String topic, KeyedMessage message, @Nullable Letter requeued, int before)
      throws RefusedException {
    List<Command> commands = new ArrayList<>(2);
    if (requeued != null) {
      commands.add(new Command.Publish(requeued.topic(), List.of(requeued.message())));
    }
    commands.add(new Command.Remove(topic, List.of(message.key())));
    CompletableFuture<@Nullable Exception> outcome = new CompletableFuture<>();
    int bytes = message.payload().length();
    try {
      broker.submit(new Submission(commands, bytes, answer(outcome), Source.IMPATIENT));
      Exception why = outcome.get(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (why instanceof RefusedException refusal) {
        throw refusal;
      } else if (why != null) {
        throw new IllegalStateException(after(before) + why.getMessage(), why);
      }
    } catch (RefusedException e) {
      throw new RefusedException(e.code(), after(before) + e.sentence());
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException("the broker does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static String after(int before) {
    return before == 0 ? "" : "after " + before + " that went well: ";
  }

  private static Answer answer(CompletableFuture<@Nullable Exception> outcome) {
    return new Answer() {
      @Override
      public void confirmed() {
        outcome.complete(null);
      }

      @Override
      public void failed(String reason) {
        outcome.complete(new IllegalStateException(reason));
      }

      @Override
      public void refused(ErrorCode code, String reason) {
        outcome.complete(new RefusedException(code, reason));
      }
    };
  }
}
